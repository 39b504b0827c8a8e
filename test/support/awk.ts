import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const PROGRAM = `
/^[0-9a-f]+-[0-9a-f]+ / { mappings++ }
/^[A-Z][A-Za-z_]*:/ && $NF == "kB" && NF == 3 { name = $1; sub(":", "", name); sum[name] += $2 }
END { for (name in sum) printf "%s %.0f\\n", name, sum[name]; printf "mappings %d\\n", mappings }
`

/** What awk makes of a file of smaps or smaps_rollup: bytes by the kernel's field name, and the count of `mappings`. */
export async function sumWithAwk(path: string): Promise<Map<string, number>> {
  const { stdout } = await promisify(execFile)('awk', [PROGRAM, path], { env: { ...process.env, LC_ALL: 'C' } })
  const sums = new Map<string, number>()
  for (const line of stdout.trimEnd().split('\n')) {
    const [name = '', sum = ''] = line.split(' ')
    sums.set(name, name === 'mappings' ? Number(sum) : Number(sum) * 1024)
  }
  return sums
}
