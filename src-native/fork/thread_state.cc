#include "platform.h"
#if SMEM_FORK_POSSIBLE

#include "thread_state.h"

#include <asm/prctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Of glibc from 2.35 on; null before, which registers no area with the kernel.
extern "C" {
extern const ptrdiff_t __rseq_offset __attribute__((weak));
extern const unsigned int __rseq_size __attribute__((weak));
}

// 334: older headers do not know it.
#ifndef SYS_rseq
#define SYS_rseq 334
#endif

namespace smem {
namespace {

// RSEQ_SIG of x86-64, an instruction that traps.
constexpr uint32_t kRseqSignature = 0x53053053;

uintptr_t thread_pointer() {
  uintptr_t pointer = 0;
  syscall(SYS_arch_prctl, ARCH_GET_FS, &pointer);
  return pointer;
}

// The area is the same, and glibc will not register it again. It registers 32 bytes at least, in steps of 32. Should the kernel
// refuse, then sched_getcpu has a stale answer, and malloc another arena: both of no consequence.
void register_rseq(uintptr_t pointer) {
  if (!&__rseq_size || !&__rseq_offset || __rseq_size == 0) return;
  const unsigned size = __rseq_size <= 32 ? 32 : (__rseq_size + 31) / 32 * 32;
  syscall(SYS_rseq, pointer + static_cast<uintptr_t>(__rseq_offset), size, 0, kRseqSignature);
}

}  // namespace

void ThreadState::capture() {
  pointer = thread_pointer();
  tid_address = own_tid_address();
  robust_list = nullptr;
  robust_size = 0;
  syscall(SYS_get_robust_list, 0, &robust_list, &robust_size);
  name[0] = '\0';
  syscall(SYS_prctl, PR_GET_NAME, name, 0, 0, 0);
}

void ThreadState::restore() const {
  syscall(SYS_set_robust_list, robust_list, robust_size);
  register_rseq(pointer);
  syscall(SYS_prctl, PR_SET_NAME, name, 0, 0, 0);
}

int* own_tid_address() {
  int* address = nullptr;
  if (syscall(SYS_prctl, PR_GET_TID_ADDRESS, &address, 0, 0, 0) == 0 && address) return address;
  // A kernel without CONFIG_CHECKPOINT_RESTORE does not tell. `tid` of glibc's struct pthread on x86-64, if it is there.
  constexpr uintptr_t kTidOffset = 720;
  int* const guess = reinterpret_cast<int*>(thread_pointer() + kTidOffset);
  return *guess == static_cast<int>(syscall(SYS_gettid)) ? guess : nullptr;
}

}  // namespace smem

#endif
