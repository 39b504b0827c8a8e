#include "platform.h"
#if SMEM_FORK_POSSIBLE

#include "signal_inspector.h"

#include <cstring>

#include "raw.h"

namespace smem {
namespace {

// A thread that blocks signals for so long does so for good.
constexpr uint64_t kForGoodNs = 100 * raw::kMillisecond;

bool is_its_name(const char* name) { return strcmp(name, "SignalInspector") == 0; }

// From Node 24 on.
bool does_node_name_threads(const ParkingLot& lot) {
  for (unsigned i = 0; i < lot.count; ++i) {
    char name[16];
    read_thread_name(lot.threads[i].tid, name);
    if (is_its_name(name) || strstr(name, "V8Worker")) return true;
  }
  return false;
}

}  // namespace

bool is_signal_inspector(const ParkingLot& lot, const ParkedThread& thread, const ThreadMask& mask, uint64_t now_ns) {
  if (lot.left_behind != 0) return thread.tid == lot.left_behind;
  if (!mask.blocks_all()) return false;
  char name[16];
  read_thread_name(thread.tid, name);
  if (is_its_name(name)) return true;
  // Without names it is the first of its kind: Node starts it before any code of the application runs.
  return now_ns - thread.seen_ns >= kForGoodNs && !does_node_name_threads(lot);
}

}  // namespace smem

#endif
