// In a checkout, `npx smem-ts` is to run what was just built: npm links a package's own command only where it is installed.
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'

chmodSync('dist/cli/main.cjs', 0o755)
mkdirSync('node_modules/.bin', { recursive: true })
rmSync('node_modules/.bin/smem-ts', { force: true })
symlinkSync('../../dist/cli/main.cjs', 'node_modules/.bin/smem-ts')
