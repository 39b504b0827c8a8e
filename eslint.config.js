import importX from 'eslint-plugin-import-x'
import tseslint from 'typescript-eslint'

// The folders of src in the order of DESIGN's house: each may import those before it, by their doors.
const HOUSE = ['native', 'smaps', 'system', 'processes', 'captures', 'sampling', 'report', 'pool', 'cluster', 'mold', 'watchdog', 'cli']
// These meet in pool/ only.
const STRANGERS = ['cluster', 'mold', 'watchdog']

const houseRules = HOUSE.map((folder, place) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'import-x/no-restricted-paths': ['error', {
      zones: [
        ...forbiddenTo(folder, place).map((other) => ({
          target: `src/${folder}`,
          from: `src/${other}`,
          message: `src/${folder} imports only the folders above it.`,
        })),
        { target: `src/${folder}`, from: ['src/index.ts', 'src/promises.ts'], message: 'The front doors are for users.' },
      ],
    }],
    // `../smaps/index.ts` is a door, `../report/html/index.ts` too; `../smaps/mapping.ts` is a window.
    'no-restricted-imports': ['error', {
      patterns: [{ regex: '^(\\.\\./)+[a-z]+/(?!([a-z]+/)?index\\.ts$)', message: 'Come in by the door: index.ts.' }],
    }],
  },
}))

function forbiddenTo(folder, place) {
  const strangers = STRANGERS.includes(folder) ? STRANGERS.filter((other) => other !== folder) : []
  return [...HOUSE.slice(place + 1), ...strangers]
}

export default tseslint.config(
  { ignores: ['dist', 'build', 'coverage', 'node_modules', 'prebuilds'] },
  ...tseslint.configs.strict,
  {
    files: ['**/*.{ts,js,mjs}'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [{ interfaceVersion: 3, name: 'relative', resolve: resolveRelative }] },
    rules: {
      'import-x/no-default-export': 'error',
      'import-x/no-cycle': 'error',
      'max-lines': ['error', { max: 250, skipBlankLines: false }],
      'max-len': ['error', { code: 132, ignoreUrls: true, ignoreRegExpLiterals: true }],
      semi: ['error', 'never'],
      quotes: ['error', 'single', { avoidEscape: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  ...houseRules,
  { files: ['eslint.config.js', '**/*.d.ts'], rules: { 'import-x/no-default-export': 'off' } },
  { files: ['test/**/*.ts', 'bench/**/*.ts'], rules: { 'max-lines': 'off', 'max-len': 'off', '@typescript-eslint/no-unused-expressions': 'off' } },
)

/** Sources import each other by relative path with the extension. */
function resolveRelative(source, file) {
  if (!source.startsWith('.')) return { found: true, path: null }
  return { found: true, path: new URL(source, new URL(`file://${file}`)).pathname }
}
