// libFuzzer's door: scripts/fuzz.mjs builds and runs it.
#include "smaps_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smem::test::check_smaps(data, size);
  return 0;
}
