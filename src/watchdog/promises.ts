/**
 * Whether something is a promise, of whatever kind. Its failure, of which Node would make the end of the process, is handed to
 * `onRejected`. Throws what asking for `then` throws.
 */
export function settlePromise(value: unknown, onRejected: (error: unknown) => void): boolean {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
  if (!isObject || typeof (value as { then?: unknown }).then !== 'function') return false
  Promise.resolve(value).catch(onRejected)
  return true
}
