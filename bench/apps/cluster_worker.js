// The same application as a worker of node:cluster: `cluster_worker.js <URL of the application> <port>`.
const [, , url, port] = process.argv
const { app } = await import(url)
const loaded = await app.load()
await app.warm?.(loaded)
await app.start(loaded, {
  listen: (server) => new Promise((resolve, reject) => {
    server.once('error', reject).listen({ port: Number(port), host: '127.0.0.1' }, resolve)
  }),
})
process.send('ready')
