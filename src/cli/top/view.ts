import {
  TOP_GROUPS, TOP_SORTS, TOP_UNITS, type TopGroup, type TopSort, type TopUnits,
} from '../../report/top/index.ts'
import { patternOf, toRegExp } from '../option_values.ts'

/** What the user has chosen to see. */
export interface TopView {
  readonly sort: TopSort
  readonly reversed: boolean
  readonly filter: RegExp | undefined
  readonly tree: boolean
  readonly group: TopGroup
  readonly units: TopUnits
  readonly paused: boolean
  readonly help: boolean
  readonly intervalMs: number
  /** Index of the first row that is shown. */
  readonly scroll: number
  /** The filter being typed. */
  readonly prompt: { readonly text: string; readonly error: string | undefined } | undefined
}

/** What a key asks for beyond another view. */
export type TopAction = 'none' | 'quit' | 'interrupt' | 'suspend' | 'redraw'

export interface Pressed {
  readonly view: TopView
  readonly action: TopAction
}

/** How far there is to scroll. */
export interface TopExtent {
  readonly rowCount: number
  readonly pageRows: number
}

const INTERVALS_MS = [500, 1000, 2000, 3000, 5000, 10_000, 30_000, 60_000]
const LONGEST_PROMPT = 500

/**
 * The view after a key. Keys are named as node:readline names them ('up', 'pagedown', 'return', 'ctrl+c'), or are the
 * character itself.
 */
export function press(view: TopView, key: string, extent: TopExtent): Pressed {
  if (key === 'ctrl+c') return { view, action: 'interrupt' }
  if (key === 'ctrl+z') return { view, action: 'suspend' }
  if (key === 'ctrl+l') return { view, action: 'redraw' }
  if (view.prompt !== undefined) return show(pressInPrompt(view, view.prompt.text, key))
  if (key === 'q') return { view, action: 'quit' }
  if (view.help) return show({ ...view, help: false })
  return show(clampScroll(pressInTable(view, key, extent), extent))
}

/** Keeps the last page full, however many rows have gone. */
export function clampScroll(view: TopView, { rowCount, pageRows }: TopExtent): TopView {
  const scroll = Math.max(0, Math.min(view.scroll, rowCount - pageRows))
  return scroll === view.scroll ? view : { ...view, scroll }
}

/** Without its filter, which is shown with what is wrong with it. */
export function refuseFilter(view: TopView, error: string): TopView {
  return { ...view, filter: undefined, prompt: { text: filterText(view), error } }
}

function show(view: TopView): Pressed {
  return { view, action: 'none' }
}

function pressInPrompt(view: TopView, text: string, key: string): TopView {
  switch (key) {
    case 'return':
    case 'enter':
      return takeFilter(view, text)
    case 'escape':
      return { ...view, prompt: undefined }
    case 'backspace':
      return { ...view, prompt: { text: [...text].slice(0, -1).join(''), error: undefined } }
    case 'ctrl+u':
      return { ...view, prompt: { text: '', error: undefined } }
  }
  const isText = [...key].length === 1 && text.length < LONGEST_PROMPT
  return isText ? { ...view, prompt: { text: text + key, error: undefined } } : view
}

function filterText({ filter }: TopView): string {
  return filter === undefined ? '' : patternOf(filter)
}

function takeFilter(view: TopView, text: string): TopView {
  if (text === '') return { ...view, filter: undefined, prompt: undefined, scroll: 0 }
  try {
    return { ...view, filter: toRegExp(text), prompt: undefined, scroll: 0 }
  } catch (error) {
    return { ...view, prompt: { text, error: (error as Error).message } }
  }
}

function pressInTable(view: TopView, key: string, { rowCount, pageRows }: TopExtent): TopView {
  const { scroll } = view
  switch (key) {
    case 'h':
    case '?':
      return { ...view, help: true }
    case 's':
    case '>':
      return sortBy(view, 1)
    case '<':
      return sortBy(view, -1)
    case 'r':
      return { ...view, reversed: !view.reversed, scroll: 0 }
    case '/':
      return { ...view, prompt: { text: filterText(view), error: undefined } }
    case 't':
      return { ...view, tree: view.group === 'none' ? !view.tree : true, group: 'none', scroll: 0 }
    case 'g':
      return { ...view, group: step(TOP_GROUPS, view.group, 1), tree: false, scroll: 0 }
    case 'u':
      return { ...view, units: step(TOP_UNITS, view.units, 1) }
    case ' ':
      return { ...view, paused: !view.paused }
    case '+':
      return { ...view, intervalMs: INTERVALS_MS.find((ms) => ms > view.intervalMs) ?? view.intervalMs }
    case '-':
      return { ...view, intervalMs: INTERVALS_MS.findLast((ms) => ms < view.intervalMs) ?? view.intervalMs }
    case 'up':
      return { ...view, scroll: scroll - 1 }
    case 'down':
      return { ...view, scroll: scroll + 1 }
    case 'pageup':
      return { ...view, scroll: scroll - pageRows }
    case 'pagedown':
      return { ...view, scroll: scroll + pageRows }
    case 'home':
      return { ...view, scroll: 0 }
    case 'end':
      return { ...view, scroll: rowCount }
  }
  return view
}

/** Processes have no count and groups no pid and user: what the table does not show is passed over. */
function sortBy(view: TopView, direction: 1 | -1): TopView {
  const shown = TOP_SORTS.filter((sort) => (view.group === 'none' ? sort !== 'count' : sort !== 'pid' && sort !== 'user'))
  return { ...view, sort: step(shown, view.sort, direction), reversed: false, scroll: 0 }
}

function step<T>(values: readonly T[], value: T, direction: 1 | -1): T {
  const next = values.indexOf(value) + direction
  return values[(next + values.length) % values.length] ?? value
}
