import assert from 'node:assert/strict'
import { CostModel } from '../../src/sampling/cost_model.ts'
import type { Candidate } from '../../src/sampling/schedule.ts'

const GB = 1024 ** 3

const read = (rss: number, lastRss: number, costMs: number): Candidate => ({ pid: 1, rss, last: { rss: lastRss, at: 0, costMs } })
const unread = (rss: number): Candidate => ({ pid: 1, rss, last: undefined })

describe('the model of what readings cost', () => {
  it('expects a reading to cost what the last one did, and more when the process has grown', () => {
    const costs = new CostModel()
    assert.equal(costs.expectedMs(read(GB, GB, 4)), 4)
    assert.equal(costs.expectedMs(read(2 * GB, GB, 4)), 8)
    assert.equal(costs.expectedMs(read(GB / 10, GB, 4)), 4)
  })

  it('expects the first reading to be a walk of all pages', () => {
    const costs = new CostModel()
    const costMs = costs.expectedMs(unread(4 * GB))
    assert.ok(costMs > 20 && costMs < 100)
    assert.ok(costs.expectedMs(unread(0)) > 0)
  })

  it('learns from first readings what this machine takes', () => {
    const costs = new CostModel()
    const before = costs.expectedMs(unread(GB))
    for (let nth = 0; nth < 10; nth++) costs.learn(unread(GB), 100)
    assert.ok(costs.expectedMs(unread(GB)) > before * 8)
    for (let nth = 0; nth < 1000; nth++) costs.learn(unread(GB), 1)
    assert.ok(costs.expectedMs(unread(GB)) < before)
  })

  it('learns nothing from readings that failed before they began', () => {
    const costs = new CostModel()
    const before = costs.expectedMs(unread(GB))
    for (let nth = 0; nth < 100; nth++) costs.learn(unread(GB), 0)
    assert.equal(costs.expectedMs(unread(GB)), before)
  })
})
