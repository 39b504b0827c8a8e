export { Sampler, type SampledProcess, type SamplerOptions, type SampleRound } from './sampler.ts'
export { ProcessGauge, type GaugedProcess, type ProcessGaugeOptions } from './gauge.ts'
export { procSource, type ProcessIdentity, type ProcessSource } from './process_source.ts'
