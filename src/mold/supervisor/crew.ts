import { spawn, type ChildProcess } from 'node:child_process'
import { messageOf } from '../../errors.ts'
import { childMark, cut, type ControlServer, type Hello, type ProcessConnection, type Role } from '../control/index.ts'
import { entryPath } from '../entry_path.ts'
import type { CheckedMoldPool } from '../mold_pool_options.ts'
import { SETUP_VARIABLE, type Identity, type ProcessSetup } from '../process/index.ts'
import { DEFAULT_BACKLOG, type ListeningSocket } from '../sockets.ts'
import { Member, type MemberListener } from './member.ts'
import { findMarkedChildren } from './strays.ts'

export interface CrewOptions {
  readonly options: CheckedMoldPool
  readonly sockets: readonly ListeningSocket[]
  readonly listener: MemberListener
}

/** The mold's end is told before its last child has said hello, at times. */
const LATE_HELLO_MS = 1000
/** What a mold that has ended may have left behind is looked for when nobody waits for its last child any more. */
const LEFTOVERS_MS = LATE_HELLO_MS * 1.5

/** All processes of a pool, from when they are asked for until they have been reaped, and how they come to be. */
export class Crew {
  readonly #crew: CrewOptions
  readonly #members = new Map<number, Member>()
  #control: ControlServer | undefined
  /** Molds that have ended, and whose last child may be unknown. */
  readonly #bereft = new Map<Member, NodeJS.Timeout>()
  #nextId = 1
  #isKilled = false

  constructor(options: CrewOptions) {
    this.#crew = options
  }

  /** Before anybody is spawned. */
  set control(control: ControlServer) {
    this.#control = control
  }

  members(): readonly Member[] {
    return [...this.#members.values()]
  }

  find(id: number): Member | undefined {
    return this.#members.get(id)
  }

  add(role: Role, slot: number, generation: number): Member {
    const { listener } = this.#crew
    const member = new Member({ id: this.#nextId++, slot, generation, role }, {
      ...listener,
      ended: (ended) => {
        this.#members.delete(ended.id)
        if (ended.role === 'mold') this.#endStraysLater(ended)
        listener.ended(ended)
      },
    })
    this.#members.set(member.id, member)
    if (this.#isKilled) kill(member)
    return member
  }

  /** A process has said who it is. */
  register(connection: ProcessConnection, hello: Hello): void {
    const { id, role, slot, generation, pid } = hello
    const member = this.#members.get(id)
    const isExpected = member !== undefined && member.role === role && member.slot === slot && member.generation === generation
    if (isExpected && !member.isConnected && member.forked(pid)) {
      member.connect(connection, hello)
      return
    }
    // One that nobody waits for any more: without a supervisor it ends, and it is ours to reap.
    connection.close()
    if (member === undefined) {
      const stray = this.add(role, slot, generation)
      if (!stray.forked(pid)) this.#members.delete(stray.id)
    }
  }

  /** Starts a program of its own for the member, which loads the application. Where that fails, it is told in a later turn. */
  spawn(member: Member): void {
    try {
      member.spawned(this.#spawn(member))
    } catch (error) {
      // Arguments or an environment that the kernel does not take, as those that are too long.
      setImmediate(() => member.notStarted(`could not be started: ${cut(messageOf(error))}`))
    }
  }

  /** Has the mold fork a child. Resolves when that has said hello; rejects when there is none, or it cannot be heard. */
  async fork(mold: Member, child: Member): Promise<void> {
    const { forkTimeout } = this.#crew.options
    const { id, slot, generation, role } = child
    const connected = child.whenConnected(forkTimeout)
    connected.catch(() => undefined)
    // As the mold does, when it is asked for a worker of a newer generation than its own.
    if (role === 'worker') mold.generation = Math.max(mold.generation, generation)
    mold.send({ type: 'fork', role, id, slot, generation, timeoutMs: forkTimeout })
    const forked = mold.hear((message) => {
      if (message.type === 'forkFailed' && message.id === id) throw new ForkRefused(message.reason)
      return message.type === 'forked' && message.id === id ? message.pid : undefined
    }, forkTimeout, 'has not forked')
    try {
      const pid = await Promise.race([forked, connected.then(() => undefined)])
      if (pid !== undefined && !child.forked(pid)) {
        throw new Error(`${mold.name} forked process ${pid}, which is no child of this one`)
      }
      await connected
    } catch (error) {
      if (error instanceof ForkRefused) this.endStrays(mold)
      if (mold.ending === undefined || child.pid !== 0 || this.#isKilled) throw error
      await child.whenConnected(LATE_HELLO_MS)
    } finally {
      forked.catch(() => undefined)
    }
  }

  /**
   * Ends and reaps children of a mold that nobody has told of: those that failed in their fork, and those whose mold died before it
   * could name them. To be called when no fork of it is under way.
   */
  endStrays(mold: Member): void {
    clearTimeout(this.#bereft.get(mold))
    this.#bereft.delete(mold)
    if (this.#control === undefined) return
    const known = new Set(this.members().map(({ pid }) => pid))
    for (const pid of this.#findStrays(mold, childMark(this.#control.token, mold.id))) {
      if (known.has(pid)) continue
      const stray = this.add('canary', 0, mold.generation)
      if (stray.forked(pid)) stray.signal('SIGKILL')
      else this.#members.delete(stray.id)
    }
  }

  /** The same for all molds that have ended, at once. */
  endAllStrays(): void {
    for (const mold of [...this.#bereft.keys()]) this.endStrays(mold)
  }

  /** Sends SIGKILL to all there are before it returns, and to all that come to be known later. They are waited for by others. */
  kill(): void {
    this.#isKilled = true
    const members = this.members()
    for (const member of members) kill(member)
    for (const mold of members) if (mold.role === 'mold') this.endStrays(mold)
    this.endAllStrays()
  }

  close(): void {
    for (const timer of this.#bereft.values()) clearTimeout(timer)
    this.#bereft.clear()
    for (const member of this.#members.values()) member.close()
    this.#members.clear()
  }

  #spawn(member: Member): ChildProcess {
    const { options, sockets } = this.#crew
    const { id, slot, generation, role } = member
    const identity: Identity = { role, id, slot, generation }
    return spawn(process.execPath, [...options.execArgv, entryPath()], {
      stdio: ['ignore', 'inherit', 'inherit', ...sockets.map(({ fd }) => fd)],
      env: { ...process.env, ...options.env, [SETUP_VARIABLE]: JSON.stringify({ setup: this.#setup(), identity }) },
      ...options.owner,
    })
  }

  #endStraysLater(mold: Member): void {
    this.#bereft.set(mold, setTimeout(() => this.endStrays(mold), LEFTOVERS_MS).unref())
  }

  #findStrays(mold: Member, mark: string): number[] {
    try {
      return findMarkedChildren(mark)
    } catch {
      // This process has no descriptor left to look at others by.
      this.#endStraysLater(mold)
      return []
    }
  }

  #setup(): ProcessSetup {
    const { options, sockets } = this.#crew
    if (this.#control === undefined) throw new Error('the control socket is not there yet')
    const { path, token } = this.#control
    return {
      control: path, token, app: options.app, title: options.title, sockets: sockets.length,
      backlogs: options.listen.map(({ backlog = DEFAULT_BACKLOG }) => backlog), drainMs: options.limits.drainTimeout,
      closeIdleMs: options.closeIdleAfter,
    }
  }
}

function kill(member: Member): void {
  try {
    member.signal('SIGKILL')
  } catch {
    // The kernel refuses; the others are still to be killed, and this one is waited for in vain, which is told.
  }
}

/** The mold is well, and says why it does not fork. */
export class ForkRefused extends Error {}
