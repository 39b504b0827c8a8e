import { strict as assert } from 'node:assert'
import { CHART_COLOURS, chartColour, DARK_BACKGROUND, LIGHT_BACKGROUND, OTHER_COLOUR } from '../../src/report/charts/colours.ts'

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

describe('the colours of charts', () => {
  for (const background of [LIGHT_BACKGROUND, DARK_BACKGROUND]) {
    it(`have a contrast of 3:1 to ${background}`, () => {
      for (const colour of [...CHART_COLOURS, OTHER_COLOUR]) assert.ok(contrast(colour, background) >= 3, colour)
    })
  }

  it('are all different, and begin again after the last', () => {
    assert.equal(new Set([...CHART_COLOURS, OTHER_COLOUR]).size, 13)
    assert.equal(chartColour(12), chartColour(0))
  })
})
