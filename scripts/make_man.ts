// Writes man/smem-ts.1 from what the commands say of themselves.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { COMMANDS } from '../src/cli/specs/index.ts'
import { manPage } from './man_page.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
const folder = new URL('../man/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('smem-ts.1', folder), manPage(COMMANDS, version))
