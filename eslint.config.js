import tseslint from 'typescript-eslint'

// The folders of src in the order of the house: each may import those before it, by their doors.
const HOUSE = [
  'native', 'smaps', 'system', 'processes', 'captures', 'sampling', 'report', 'fork', 'pool', 'serving', 'cluster', 'mold',
  'watchdog', 'cli',
]
// These meet in pool/ only.
const STRANGERS = ['cluster', 'mold', 'watchdog']

const houseRules = HOUSE.map((folder, place) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': ['error', {
      patterns: [
        ...forbiddenTo(folder, place).map((other) => ({
          regex: `^(\\.\\./)+${other}/`,
          message: `src/${folder} imports only the folders above it.`,
        })),
        { regex: '^(\\.\\./)+(index|promises)\\.ts$', message: 'The front doors are for users.' },
        // `../smaps/index.ts` is a door, `../report/html/index.ts` too; `../smaps/mapping.ts` is a window.
        { regex: `^(\\.\\./)+(?!${folder}/)[a-z]+/(?!([a-z]+/)?index\\.ts$)`, message: 'Come in by the door: index.ts.' },
      ],
    }],
  },
}))

function forbiddenTo(folder, place) {
  const strangers = STRANGERS.includes(folder) ? STRANGERS.filter((other) => other !== folder) : []
  return [...new Set([...HOUSE.slice(place + 1), ...strangers])]
}

export default tseslint.config(
  { ignores: ['dist', 'build', 'coverage', 'node_modules', 'prebuilds'] },
  ...tseslint.configs.strict,
  {
    files: ['**/*.{ts,js,mjs}'],
    rules: {
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Exports have names.' }],
      'max-lines': ['error', { max: 250, skipBlankLines: false }],
      'max-len': ['error', { code: 132, ignoreUrls: true, ignoreRegExpLiterals: true }],
      semi: ['error', 'never'],
      quotes: ['error', 'single', { avoidEscape: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  ...houseRules,
  { files: ['eslint.config.js', '**/*.d.ts', 'examples/mold-app/app.js'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: { 'max-lines': 'off', 'max-len': 'off', '@typescript-eslint/no-unused-expressions': 'off' },
  },
)
