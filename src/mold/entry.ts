/** What runs in each process that a MoldPool starts. */
import { prepareForFork } from '../fork/index.ts'
import { AppProcess } from './process/app_process.ts'
import { takeSetup, takeSockets } from './process/setup.ts'

// Before the application, or what it imports, has taken hold of what these replace.
prepareForFork()
const { setup, identity } = takeSetup(process.env)
void new AppProcess(setup, identity, takeSockets(setup)).boot()
