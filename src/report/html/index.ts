export { ReportBuilder, type ReportOptions } from './report_builder.ts'
export { renderReport } from './page.ts'
export type { ReportData } from './report_data.ts'
