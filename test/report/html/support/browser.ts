/** A headless Chromium, driven by the DevTools protocol over a pipe: Node 20 has no WebSocket. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { waitFor, within } from '../../../support/wait_for.ts'

const DEADLINE_MS = 1000 * 40
const PATHS = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser']
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--remote-debugging-pipe', '--window-size=1280,900',
]

/** What the protocol answers or reports; the tests look at few of its fields. */
export type Message = Readonly<Record<string, unknown>>

export interface Viewport {
  readonly dark?: boolean
  readonly width?: number
  readonly height?: number
}

/** Where Chromium is, or undefined. */
export function findChromium(): string | undefined {
  return PATHS.find((path) => existsSync(path))
}

export class Browser {
  readonly #process: ChildProcess
  readonly #profile: string
  readonly #commands: Writable
  readonly #answers = new Map<number, (message: Message) => void>()
  readonly #listeners = new Set<(message: Message) => void>()
  #id = 0
  #unread = ''

  constructor(path: string) {
    this.#profile = mkdtempSync(join(tmpdir(), 'smem-ts-chromium-'))
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] as const
    this.#process = spawn(path, [...FLAGS, `--user-data-dir=${this.#profile}`, 'about:blank'], { stdio: [...stdio] })
    this.#commands = this.#process.stdio[3] as Writable
    this.#commands.on('error', () => undefined)
    const replies = this.#process.stdio[4] as Readable
    replies.setEncoding('utf8').on('data', (piece: string) => this.#take(piece))
  }

  async send(method: string, params: object = {}, sessionId?: string): Promise<Message> {
    const id = ++this.#id
    const answer = new Promise<Message>((resolve) => this.#answers.set(id, resolve))
    this.#commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    const message = await within(answer, DEADLINE_MS, `Chromium answers ${method}`)
    if (message['error'] !== undefined) throw new Error(`${method}: ${JSON.stringify(message['error'])}`)
    return message['result'] as Message
  }

  on(listener: (message: Message) => void): void {
    this.#listeners.add(listener)
  }

  /** Opens a page in a tab of its own, and waits until it is loaded. */
  async open(url: string, options: Viewport = {}): Promise<Page> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true })
    const page = new Page(this, String(sessionId))
    await page.load(url, options)
    return page
  }

  async close(): Promise<void> {
    const { exitCode, signalCode } = this.#process
    const ended = exitCode !== null || signalCode !== null
      ? Promise.resolve()
      : new Promise((resolve) => this.#process.once('exit', resolve))
    this.send('Browser.close').catch(() => undefined)
    await within(ended, 1000 * 5, 'Chromium closes').catch(() => this.#process.kill('SIGKILL'))
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }

  #take(piece: string): void {
    const messages = (this.#unread + piece).split('\0')
    this.#unread = messages.pop() ?? ''
    for (const text of messages) {
      const message = JSON.parse(text) as Message
      if (typeof message['id'] === 'number') this.#answers.get(message['id'])?.(message)
      else for (const listener of this.#listeners) listener(message)
    }
  }
}

/** A tab, with what it asked the network for and what it complained of. */
export class Page {
  readonly requests: string[] = []
  readonly complaints: string[] = []
  readonly #browser: Browser
  readonly #session: string
  #loaded = false

  constructor(browser: Browser, session: string) {
    this.#browser = browser
    this.#session = session
    browser.on((message) => {
      if (message['sessionId'] === session) this.#note(String(message['method']), message['params'] as Message)
    })
  }

  async load(url: string, { dark = false, width = 1280, height = 900 }: Viewport): Promise<void> {
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await this.send(`${domain}.enable`)
    await this.send('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }],
    })
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false })
    await this.send('Page.navigate', { url })
    await waitFor(() => this.#loaded, DEADLINE_MS, `${url} is loaded`)
  }

  send(method: string, params: object = {}): Promise<Message> {
    return this.#browser.send(method, params, this.#session)
  }

  /** The value of an expression in the page, by way of JSON. */
  async evaluate<T>(expression: string): Promise<T> {
    const answer = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })
    if (answer['exceptionDetails'] !== undefined) throw new Error(JSON.stringify(answer['exceptionDetails']))
    return (answer['result'] as { value: T }).value
  }

  /** A key pressed and let go, by its name: 'ArrowLeft', 'Tab'. */
  async press(key: string): Promise<void> {
    const code = { Tab: 9, ArrowLeft: 37, ArrowRight: 39, Home: 36, End: 35, Enter: 13 }[key] ?? 0
    const text = key === 'Enter' ? { text: '\r' } : {}
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', key, code: key, windowsVirtualKeyCode: code, ...text })
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key, code: key, windowsVirtualKeyCode: code })
  }

  /** A picture as PNG. */
  async screenshot(wholePage = false): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: wholePage })
    return Buffer.from(String(data), 'base64')
  }

  #note(method: string, params: Message): void {
    if (method === 'Page.loadEventFired') this.#loaded = true
    if (method === 'Network.requestWillBeSent') this.requests.push((params['request'] as { url: string }).url)
    if (method === 'Runtime.exceptionThrown' || method === 'Runtime.consoleAPICalled' || method === 'Log.entryAdded') {
      this.complaints.push(JSON.stringify(params))
    }
  }
}
