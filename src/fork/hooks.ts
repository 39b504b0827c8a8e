import { SmemError } from '../errors.ts'
import { show } from '../options.ts'

/**
 * When a hook runs.
 *
 * `beforeFork`: in the process that is about to fork, before each fork; close what a child must not share. `afterFork`: in the
 * child, before it starts anything. `afterForkInParent`: in the process that forked, also when the fork has failed.
 * `beforePromote`: in a worker that has drained and is about to become a mold. `afterPromote`: in the mold that it has become.
 */
export type HookPoint = 'beforeFork' | 'afterFork' | 'afterForkInParent' | 'beforePromote' | 'afterPromote'

export type Hook = () => void | Promise<void>

/** Takes the hook out again. */
export type RemoveHook = () => void

/** Hooks of `before` points run in reverse order of registration, those of `after` points in order; each is awaited. */
export function beforeFork(hook: Hook, name?: string): RemoveHook {
  return register('beforeFork', hook, name)
}

export function afterFork(hook: Hook, name?: string): RemoveHook {
  return register('afterFork', hook, name)
}

export function afterForkInParent(hook: Hook, name?: string): RemoveHook {
  return register('afterForkInParent', hook, name)
}

export function beforePromote(hook: Hook, name?: string): RemoveHook {
  return register('beforePromote', hook, name)
}

export function afterPromote(hook: Hook, name?: string): RemoveHook {
  return register('afterPromote', hook, name)
}

/**
 * Runs the hooks of a point, one after the other. A `before` hook that fails ends the run: what it should have closed is open.
 * After an `after` hook fails the others still run.
 *
 * @param onRun told before each hook runs which it is, in words
 * @throws {SmemError} `ERR_FORK_HOOK`, naming point and hook; `cause` is what the hook threw, an AggregateError when several did
 */
export async function runHooks(point: HookPoint, onRun?: (hook: string) => void): Promise<void> {
  const isBefore = point.startsWith('before')
  const hooks = [...hooksOf(point)]
  if (isBefore) hooks.reverse()
  const failures: Failure[] = []
  for (const { name, hook } of hooks) {
    onRun?.(textOf(point, name))
    try {
      await hook()
    } catch (error) {
      failures.push({ name, error })
      if (isBefore) break
    }
  }
  if (failures.length > 0) throw toHookError(point, failures)
}

interface Registered {
  readonly name: string
  readonly hook: Hook
}

interface Failure {
  readonly name: string
  readonly error: unknown
}

type Registry = Partial<Record<HookPoint, Registered[]>>

/** Of the process, not of this module: a library may bring its own copy of smem-ts. */
const REGISTRY = Symbol.for('smem-ts.hooks')

function hooksOf(point: HookPoint): Registered[] {
  const holder = globalThis as { [REGISTRY]?: Registry }
  const registry = holder[REGISTRY] ??= {}
  return registry[point] ??= []
}

function register(point: HookPoint, hook: Hook, name?: string): RemoveHook {
  if (typeof hook !== 'function') throw new TypeError(`the hook of ${point} must be a function, got ${show(hook)}`)
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    throw new TypeError(`the name of a hook of ${point} must be a string that is not empty, got ${show(name)}`)
  }
  const hooks = hooksOf(point)
  const registered = { name: name ?? (hook.name || `number ${hooks.length + 1}`), hook }
  hooks.push(registered)
  return () => {
    const at = hooks.indexOf(registered)
    if (at >= 0) hooks.splice(at, 1)
  }
}

function toHookError(point: HookPoint, failures: readonly Failure[]): SmemError {
  const texts = failures.map(({ name, error }) => `${textOf(point, name)} failed: ${messageOf(error)}`)
  const [first] = failures
  const cause = failures.length === 1 ? first?.error : new AggregateError(failures.map(({ error }) => error), texts.join('; '))
  const error = new SmemError('ERR_FORK_HOOK', texts.join('; '))
  error.cause = cause
  return error
}

function textOf(point: HookPoint, name: string): string {
  return `the ${point} hook '${name}'`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : show(error)
}
