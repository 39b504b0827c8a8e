import { SmemError } from '../../errors.ts'
import { hasAddressSpace, listProcesses, type ProcessInfo } from '../../processes/index.ts'
import { escapeText } from '../../report/index.ts'
import { UsageError } from '../command.ts'
import { matchingProcesses } from '../option_values.ts'
import { SlowExpression, type TextFilter } from '../text_filter.ts'
import { cgroupMembers } from './cgroup_members.ts'
import { isStale, readPidfile } from './pidfile.ts'

/** Which processes are meant: those of the first three, or all when none is given; of them those that match. */
export interface TargetSelectors {
  readonly pids: ReadonlySet<number> | undefined
  readonly pidfile: string | undefined
  readonly cgroup: string | undefined
  readonly match: TextFilter | undefined
}

export interface TargetParts {
  /** Told when what is watched cannot be found, and when it is found again. */
  readonly note: (line: string) => void
  /** Every process. @default /proc's */
  readonly list?: () => Promise<readonly ProcessInfo[]>
}

const NEVER = 'this command, those above it, the first process and kernel threads are left alone'

/**
 * Finds the processes to watch, again and again. Never this process, those above it, the first process, kernel threads and what has
 * no memory.
 */
export class WatchTargets {
  readonly #selectors: TargetSelectors
  readonly #note: (line: string) => void
  readonly #list: () => Promise<readonly ProcessInfo[]>
  /** Start times of those that were named by pid: whoever gets the pid later was not meant. */
  #named: ReadonlyMap<number, number> | undefined
  #hasNamed = false
  #last: readonly ProcessInfo[] = []
  readonly #said = new Map<string, string>()

  constructor(selectors: TargetSelectors, { note, list = () => listProcesses() }: TargetParts) {
    this.#selectors = selectors
    this.#note = note
    this.#list = list
  }

  /**
   * @throws {UsageError} the first time, when a pid was given that is never watched, or an expression that takes too long
   * @throws {SmemError} `ESRCH` the first time, when nothing but pids was given and no such process runs
   */
  async find(): Promise<readonly ProcessInfo[]> {
    // The list comes first: of a pid that a file names after it, the process in the list, if it still is there, is the one meant.
    const all = await this.#list()
    const kept = this.#neverWatched(all)
    const isFirst = this.#named === undefined
    this.#named ??= this.#identify(all, kept)
    const wanted = this.#wantedPids(all, kept)
    const candidates = all.filter((process) => (
      (wanted?.has(process.pid) ?? true) && hasAddressSpace(process) && !kept.has(process.pid) && !Number.isNaN(process.startTime)
    ))
    this.#last = this.#matching(candidates, isFirst)
    return this.#last
  }

  /** Whether nothing that could be found is left: only pids were given, and their processes have ended. */
  get isExhausted(): boolean {
    const { pidfile, cgroup, pids } = this.#selectors
    return pids !== undefined && pidfile === undefined && cgroup === undefined && !this.#hasNamed
  }

  #neverWatched(all: readonly ProcessInfo[]): ReadonlySet<number> {
    const byPid = new Map(all.map((info) => [info.pid, info]))
    const kept = new Set([1, ...all.filter(({ kernelThread }) => kernelThread).map(({ pid }) => pid)])
    for (let pid = process.pid; pid > 1; pid = byPid.get(pid)?.ppid ?? 0) kept.add(pid)
    return kept
  }

  #identify(all: readonly ProcessInfo[], kept: ReadonlySet<number>): ReadonlyMap<number, number> {
    const { pids, pidfile, cgroup } = this.#selectors
    if (pids === undefined) return new Map()
    const refused = [...pids].find((pid) => kept.has(pid))
    if (refused !== undefined) {
      throw new UsageError(`--pid: process ${refused} is never watched: ${NEVER}`)
    }
    const running = all.filter((process) => pids.has(process.pid) && hasAddressSpace(process))
    const named = new Map(running.map(({ pid, startTime }) => [pid, startTime]))
    const absent = [...pids].filter((pid) => !named.has(pid))
    if (absent.length === 0) return named
    const problem = `${absent.length === 1 ? 'process' : 'processes'} ${absent.join(', ')}: not running`
    if (named.size === 0 && pidfile === undefined && cgroup === undefined) throw new SmemError('ESRCH', problem)
    this.#note(problem)
    return named
  }

  /** undefined: all. */
  #wantedPids(all: readonly ProcessInfo[], kept: ReadonlySet<number>): ReadonlySet<number> | undefined {
    const { pids, pidfile, cgroup } = this.#selectors
    if (pids === undefined && pidfile === undefined && cgroup === undefined) return undefined
    const named = all.filter((process) => this.#named?.get(process.pid) === process.startTime && hasAddressSpace(process))
    this.#hasNamed = named.length > 0
    const filed = pidfile === undefined ? undefined : this.#pidOfFile(pidfile, all, kept)
    const grouped = cgroup === undefined ? [] : this.#pidsOfGroup(cgroup)
    return new Set([...named.map(({ pid }) => pid), ...filed === undefined ? [] : [filed], ...grouped])
  }

  #pidOfFile(path: string, all: readonly ProcessInfo[], kept: ReadonlySet<number>): number | undefined {
    const say = (problem: string | undefined): void => this.#say(`--pidfile ${path}`, problem && `${problem}; waiting`)
    const content = readPidfile(path)
    if ('problem' in content) {
      say(content.problem)
      return undefined
    }
    const { pid, writtenAt } = content
    const process = all.find((info) => info.pid === pid)
    if (kept.has(pid)) say(`names process ${pid}, which is never watched: ${NEVER}`)
    else if (process === undefined) say(`names process ${pid}, which does not exist`)
    else if (isStale(process, writtenAt)) say(`was written before process ${pid}, which it names, had started: that is another one`)
    else {
      say(undefined)
      return pid
    }
    return undefined
  }

  #pidsOfGroup(path: string): Iterable<number> {
    const pids = cgroupMembers(path)
    this.#say(`--cgroup ${path}`, pids === undefined ? 'does not exist; waiting' : undefined)
    return pids ?? []
  }

  /** In the midst of a watch nobody ends it by a name that makes the expression slow: the last ones that matched stay. */
  #matching(candidates: ProcessInfo[], isFirst: boolean): readonly ProcessInfo[] {
    const { match } = this.#selectors
    if (match === undefined) return candidates
    try {
      const matching = matchingProcesses(candidates, match)
      this.#say('--match', undefined)
      return matching
    } catch (error) {
      if (isFirst || !(error instanceof SlowExpression)) throw error
      this.#say('--match', 'takes too long on the text of a new process; the processes that matched before are watched on')
      const last = new Set(this.#last.map(({ pid, startTime }) => `${pid} ${startTime}`))
      return candidates.filter(({ pid, startTime }) => last.has(`${pid} ${startTime}`))
    }
  }

  /** What is wrong with a source, once; undefined when all is well again. */
  #say(source: string, problem: string | undefined): void {
    const before = this.#said.get(source)
    if (before === problem) return
    if (problem === undefined) this.#said.delete(source)
    else this.#said.set(source, problem)
    this.#note(escapeText(`${source} ${problem ?? 'is well again'}`))
  }
}
