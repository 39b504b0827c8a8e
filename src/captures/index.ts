/** Snapshots that were taken elsewhere or before: trees, archives, records, JSON; how they are written, and compared. */
export { BAD_CAPTURE, NOT_CAPTURED, type FileSource } from './file_source.ts'
export { openTree } from './tree_source.ts'
export { readSnapshot, localUserNames, type CapturedSnapshot, type ReadSnapshotOptions } from './read_snapshot.ts'
export {
  loadSnapshots, readCapture, readSamples, type LoadedSnapshot, type LoadSnapshotOptions, type SourceKind,
} from './load_snapshot.ts'
export type { SamplePick } from './read_record.ts'
export { bootId, writeCapture, type CaptureSummary, type UnreadProcess, type WriteCaptureOptions } from './write_capture.ts'
export type { WriteBytes } from './tar_sink.ts'
export { record, type RecordOptions, type RecordSummary } from './record.ts'
export { RecordWriter } from './record_writer.ts'
export { headerLine, sampleLine, type RecordHeader } from './record_lines.ts'
export { snapshotFromJson } from './snapshot_json.ts'
export {
  diffSnapshots, DIFF_FIGURES, type DiffBy, type DiffFigure, type DiffFigures, type DiffOptions, type DiffRow, type DiffSide,
  type DiffTotal, type SnapshotDiff,
} from './diff.ts'
export { pairProcesses, type ProcessPair } from './pair_processes.ts'
export { AtomicFile } from './atomic_file.ts'
