/**
 * Twelve colours that are told apart side by side, each with a contrast of 3:1 or more both to white and to a dark page,
 * so that one picture serves both.
 */
export const CHART_COLOURS = [
  '#3b76e0', '#e0631b', '#0f9d8a', '#c2418f', '#b58900', '#7f66e0',
  '#6f8f1f', '#d1434b', '#2f8fd6', '#9c6b4a', '#2a9d5c', '#b455d0',
] as const

/** For what has no name of its own: 'other'. */
export const OTHER_COLOUR = '#7c8591'

export const LIGHT_BACKGROUND = '#ffffff'
export const DARK_BACKGROUND = '#14171c'

export function chartColour(index: number): string {
  return CHART_COLOURS[index % CHART_COLOURS.length] ?? OTHER_COLOUR
}
