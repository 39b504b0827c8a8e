// A UsageReport as the array that src/native/backend.ts calls `Report`. There is no array any more when the environment is being
// torn down.
#ifndef SMEM_BINDINGS_REPORT_H_
#define SMEM_BINDINGS_REPORT_H_

#include "procfs/usage_reader.h"

namespace smem {

inline void write_report(const UsageReport& report, double* target) {
  if (!target) return;
  target[0] = static_cast<double>(report.source);
  target[1] = static_cast<double>(report.step);
  target[2] = static_cast<double>(report.malformed);
  target[3] = static_cast<double>(report.malformed_offset);
  target[4] = static_cast<double>(report.cost_ns);
}

}  // namespace smem

#endif  // SMEM_BINDINGS_REPORT_H_
