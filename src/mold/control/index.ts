export { childMark } from './child_mark.ts'
export { connectToSupervisor, isDeserted, removeIfDeserted, type SupervisorConnection } from './client.ts'
export type { ConnectionListener } from './connection.ts'
export {
  cut, parseProcessMessage, parseSupervisorMessage, type ForkRequest, type Hello, type ProcessMessage, type Role,
  type SupervisorMessage,
} from './messages.ts'
export { ControlServer, type ProcessConnection } from './server.ts'
