/** Where a socket listens. Errors are errnos. */
export interface ListeningSocketReport {
  readonly fd: number
  /** 0 for a Unix socket. */
  readonly port: number
}

/** Sockets that are bound and listen, and that this process does not accept from. */
export interface SocketCalls {
  /** `host`: an address in figures; '' is every address of both families. */
  listenTcp(host: string, port: number, backlog: number): ListeningSocketReport | number
  /** A socket file that nobody listens on is replaced. */
  listenUnix(path: string, backlog: number): ListeningSocketReport | number
  /** Another descriptor of the same file, closed on exec; negated errno. */
  duplicate(fd: number): number
  /** For all descriptors of the socket, in whatever process. Errno; 0 also of one that does not listen. */
  stopListening(fd: number): number
  /** Connections that wait to be accepted; 0 for a Unix socket. */
  waiting(fd: number): number
}
