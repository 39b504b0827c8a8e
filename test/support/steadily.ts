const ATTEMPTS = 20

/**
 * Compares what two reads of a stopped process say. What it shares with others changes between them when these come or go, but
 * not twenty times in a row.
 */
export async function steadily(compare: () => void | Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await compare()
      return
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
    }
  }
}
