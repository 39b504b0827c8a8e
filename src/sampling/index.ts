export { Sampler, type SampledProcess, type SamplerOptions, type SampleRound } from './sampler.ts'
export { procSource, type ProcessIdentity, type ProcessSource } from './process_source.ts'
