/** The tables of docs/json.md, taken at their word. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

interface Field {
  readonly name: string
  readonly type: string
}

export class Schema {
  readonly #tables = new Map<string, readonly Field[]>()
  /** 'table.field' of what was met in a document. */
  readonly #seen = new Set<string>()

  constructor(page: URL) {
    for (const section of readFileSync(page, 'utf8').split(/^### /m).slice(1)) {
      const name = /^`([^`]+)`/.exec(section)?.[1] ?? ''
      const rows = [...section.matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)]
      assert.ok(rows.length > 0, `${name} has a table`)
      assert.ok(!this.#tables.has(name), `${name} is there once`)
      this.#tables.set(name, rows.map(([, field = '', type = '']) => ({ name: field, type: type.trim() })))
    }
  }

  /** Fails when the value is not as the table says, or has a field that it does not name. */
  check(value: unknown, table: string, where = table): void {
    const rest = new Set(Object.keys(asObject(value, where)))
    this.#checkFields(asObject(value, where), table, where, rest)
    assert.deepEqual([...rest], [], `${where} has fields that docs/json.md does not name`)
  }

  /** Fields of which no document that was checked had one; without those of `excused`, 'table.field'. */
  unseen(excused: readonly string[] = []): string[] {
    return [...this.#tables]
      .flatMap(([table, fields]) => fields.map(({ name }) => `${table}.${name}`))
      .filter((field) => !field.endsWith('....') && !this.#seen.has(field) && !excused.includes(field))
  }

  #checkFields(object: Json, table: string, where: string, rest: Set<string>): void {
    const fields = this.#tables.get(table)
    assert.ok(fields !== undefined, `docs/json.md has no table ${table}`)
    for (const { name, type } of fields) {
      if (name === '...') {
        this.#checkFields(object, type, where, rest)
        continue
      }
      const required = type.replace(/^optional /, '')
      if (!(name in object)) {
        assert.notEqual(required, type, `${where} lacks ${name}`)
        continue
      }
      rest.delete(name)
      this.#seen.add(`${table}.${name}`)
      this.#checkType(object[name], required, `${where}.${name}`)
    }
  }

  #checkType(value: unknown, type: string, where: string): void {
    const choices = type.split(' or ')
    if (choices.length > 1) {
      const [main = '', ...others] = choices
      if (others.some((other) => isPlain(value, other))) return
      this.#checkType(value, main, where)
    } else if (type.startsWith('list of ')) {
      assert.ok(Array.isArray(value), `${where} is a list`)
      value.forEach((item, index) => this.#checkType(item, type.slice('list of '.length), `${where}[${index}]`))
    } else if (type.startsWith('map of ')) {
      Object.entries(asObject(value, where)).forEach(([key, item]) => this.#checkType(item, type.slice('map of '.length), `${where}.${key}`))
    } else if (this.#tables.has(type)) {
      this.check(value, type, where)
    } else {
      assert.ok(isPlain(value, type), `${where} is ${JSON.stringify(value)}, and should be ${type}`)
    }
  }
}

type Json = Readonly<Record<string, unknown>>

function isPlain(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'number':
      return typeof value === 'number'
    case 'string':
    case 'boolean':
      return typeof value === type
    case 'object':
      return typeof value === 'object' && value !== null
    default:
      return JSON.stringify(value) === type.replaceAll("'", '"')
  }
}

function asObject(value: unknown, where: string): Json {
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), `${where} is an object`)
  return value as Json
}
