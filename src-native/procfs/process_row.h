// One process's row of a scan: the figures every user may see, then the page walk if it is wanted.
#ifndef SMEM_PROCFS_PROCESS_ROW_H_
#define SMEM_PROCFS_PROCESS_ROW_H_

#include "process_scan.h"

namespace smem {

// Appends one row for `target` to `table`, or none when the process is gone or is another one than asked for. What is not
// known of a process is NaN: all but its owner when hidepid=1 hides it.
// Returns 0, or an errno that says nothing about the process and has to end the scan: to leave the process out for want of
// a descriptor would be to hide it. `deadline_ns` is on now_ns()'s clock.
int append_process_row(const ScanRequest& request, uint64_t deadline_ns, const ScanTarget& target, ScanTable* table);

}  // namespace smem

#endif  // SMEM_PROCFS_PROCESS_ROW_H_
