/** What a worker does with the work that comes in through its servers: counts it, and finishes it when it is to end. */
export { WorkerDrain, type WorkerDrainOptions } from './drain.ts'
export { heapFigures } from './heap_figures.ts'
export { ServedWork } from './served_work.ts'
