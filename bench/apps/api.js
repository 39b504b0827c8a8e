// An application as people have them: Fastify with schemas, HTML from a template engine, and a cache in memory of some 150 MB that
// requests fill.
import { Eta } from 'eta'
import fastify from 'fastify'
import { defineApp } from 'smem-ts/mold'

const CATEGORIES = 5000
const PRODUCTS_EACH = 12
/** Sentences of a product's text: its card has 2.5 kB, all 60,000 have 150 MB. */
const SENTENCES = 42
const WARM_REQUESTS = 300

const CARD = `<article id="<%= it.product.id %>"><h2><%= it.product.name %></h2>
<p class="price"><%= (it.product.cents / 100).toFixed(2) %></p><p><%= it.text %></p>
<ul><% for (const tag of it.product.tags) { %><li><%= tag %></li><% } %></ul></article>`

const PRODUCT = {
  type: 'object',
  required: ['id', 'name', 'cents', 'tags', 'stock'],
  properties: {
    id: { type: 'integer' }, name: { type: 'string' }, cents: { type: 'integer' },
    tags: { type: 'array', items: { type: 'string' } },
    stock: { type: 'object', additionalProperties: { type: 'integer' } },
  },
}
const ID = { type: 'object', required: ['id'], properties: { id: { type: 'integer', minimum: 0 } } }
const FILTER = {
  type: 'object', additionalProperties: false,
  properties: {
    min: { type: 'integer', default: 0 }, max: { type: 'integer', default: 100_000 },
    limit: { type: 'integer', maximum: 100, default: 20 },
  },
}

export const app = defineApp({
  load() {
    const catalogue = makeCatalogue()
    const eta = new Eta()
    eta.loadTemplate('@card', CARD)
    return { catalogue, eta, cards: new Map() }
  },

  // What Fastify compiles, for its routes and schemas, it compiles in each worker; V8 has seen the code by then.
  async warm(loaded) {
    const server = await makeServer({ ...loaded, cards: new Map() })
    for (let i = 0; i < WARM_REQUESTS; i++) {
      await server.inject(`/products/${i}`)
      await server.inject(`/products/${i}/card`)
      await server.inject(`/products?min=${i}&limit=20`)
    }
    await server.close()
  },

  async start(loaded, worker) {
    const api = await makeServer(loaded)
    await api.ready()
    await worker.listen(api.server)
    return { close: () => api.close() }
  },

  async check(loaded) {
    const server = await makeServer(loaded)
    const { statusCode } = await server.inject('/products/1')
    await server.close()
    if (statusCode !== 200) throw new Error(`a product is answered with status ${statusCode}`)
  },
})

async function makeServer({ catalogue, eta, cards }) {
  const server = fastify()
  server.addHook('onSend', async (_request, reply) => {
    reply.header('worker-pid', process.pid)
  })
  const list = { querystring: FILTER, response: { 200: { type: 'array', items: PRODUCT } } }
  server.get('/products', { schema: list }, async ({ query }) => firstProducts(catalogue.products, query))
  server.get('/products/:id', { schema: { params: ID, response: { 200: PRODUCT } } }, async ({ params }, reply) => (
    catalogue.products[params.id] ?? reply.callNotFound()))
  server.get('/products/:id/card', { schema: { params: ID } }, async ({ params: { id } }, reply) => {
    const category = catalogue.categories[Math.floor(id / PRODUCTS_EACH)]
    if (category === undefined) return reply.callNotFound()
    reply.type('text/html')
    return cached(cards, category.id, () => renderCards(eta, category))[id % PRODUCTS_EACH]
  })
  return server
}

/** Of a whole category, as a visitor will look at more than one of them. */
function renderCards(eta, { products }) {
  return products.map((product) => eta.render('@card', { product, text: textOf(product) }))
}

function cached(cache, key, make) {
  let value = cache.get(key)
  if (value === undefined) {
    value = make()
    cache.set(key, value)
  }
  return value
}

function firstProducts(products, { min, max, limit }) {
  const found = []
  for (const product of products) {
    if (product.cents >= min && product.cents <= max && found.push(product) === limit) break
  }
  return found
}

function makeCatalogue() {
  const products = []
  const categories = []
  for (let id = 0; id < CATEGORIES; id++) {
    const ofCategory = Array.from({ length: PRODUCTS_EACH }, (_, i) => makeProduct(id * PRODUCTS_EACH + i))
    products.push(...ofCategory)
    categories.push({ id, name: `category ${id}`, products: ofCategory })
  }
  return { products, categories }
}

function makeProduct(id) {
  return {
    id, name: `product ${id}`, cents: (id * 7919) % 100_000, tags: [`tag ${id % 31}`, `tag ${id % 57}`, `tag ${id % 91}`],
    stock: { north: id % 13, south: id % 17, west: id % 19 },
  }
}

function textOf({ id, name }) {
  return `${name} & what there is to say about number ${id}. `.repeat(SENTENCES)
}
