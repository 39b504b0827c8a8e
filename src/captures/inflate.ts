import { createGunzip } from 'node:zlib'

/**
 * Decompresses gzip, one chunk after the other. Data that are cut or damaged end the output, after everything that could be
 * had of them: Node's stream would throw away what it has decompressed when it meets the damage.
 */
export async function* inflate(
  chunks: AsyncIterable<Buffer>, onProblem: (problem: string) => void,
): AsyncGenerator<Buffer, void> {
  const gunzip = createGunzip()
  const ready: Buffer[] = []
  let failure: NodeJS.ErrnoException | undefined
  gunzip.on('data', (chunk: Buffer) => ready.push(chunk))
  gunzip.on('error', (error) => (failure = error))
  // After damage, a write is never called back.
  const closed = new Promise((resolve) => gunzip.once('close', resolve))
  for await (const chunk of chunks) {
    // The stream hands out its last piece in the turn after it has taken the chunk.
    await Promise.race([closed, new Promise((resolve) => gunzip.write(chunk, () => setImmediate(resolve)))])
    yield* ready.splice(0)
    if (failure !== undefined) break
  }
  if (failure === undefined) {
    gunzip.end()
    await closed
  }
  yield* ready.splice(0)
  if (failure !== undefined) onProblem(describe(failure))
  gunzip.destroy()
}

function describe({ code, message }: NodeJS.ErrnoException): string {
  return code === 'Z_BUF_ERROR' ? 'its compressed data are cut off' : `its compressed data are damaged (${message})`
}
