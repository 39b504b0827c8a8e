// The word by which JavaScript ends an asynchronous call early: element 0 of an Int32Array, which lives as long as the job.
#ifndef SMEM_BINDINGS_CANCEL_ARGUMENT_H_
#define SMEM_BINDINGS_CANCEL_ARGUMENT_H_

#include <napi.h>

#include "procfs/process_scan.h"

namespace smem {

class CancelArgument {
 public:
  // On the loop's thread, as the end of it has to be.
  explicit CancelArgument(const Napi::Value& value)
      : array_(Napi::Persistent(value.As<Napi::Int32Array>())), word_(array_.Value().Data()) {}

  // On any thread. There is no word when the environment is being torn down: then nobody waits for the job.
  bool is_set() const { return !word_ || flag().is_set(); }
  CancelFlag flag() const { return CancelFlag(word_); }

 private:
  const Napi::Reference<Napi::Int32Array> array_;
  const int32_t* const word_;
};

}  // namespace smem

#endif  // SMEM_BINDINGS_CANCEL_ARGUMENT_H_
