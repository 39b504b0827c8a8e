/** The candidate that `word` most probably stands for, or undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Insertions, deletions, substitutions and swaps of neighbours that lead from `a` to `b`. */
function editDistance(a: string, b: string): number {
  const width = b.length + 1
  const distances = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number): number => distances[i * width + j] ?? 0
  for (let i = 0; i <= a.length; i++) {
    for (let j = 0; j <= b.length; j++) {
      let distance = i === 0 || j === 0 ? i + j : Infinity
      if (i > 0) distance = Math.min(distance, at(i - 1, j) + 1)
      if (j > 0) distance = Math.min(distance, at(i, j - 1) + 1)
      if (i > 0 && j > 0) distance = Math.min(distance, at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, at(i - 2, j - 2) + 1)
      }
      distances[i * width + j] = distance
    }
  }
  return at(a.length, b.length)
}
