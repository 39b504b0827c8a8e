// Columns of numbers and text as typed arrays of their own. Empty once the environment is being torn down (a worker thread that
// is terminated): then nothing can be made any more, and nobody waits for it.
#ifndef SMEM_BINDINGS_COLUMNS_H_
#define SMEM_BINDINGS_COLUMNS_H_

#include <napi.h>

#include <cstring>

namespace smem {

template <class Array, class Number>
Array copy_to_array(Napi::Env env, const Number* data, size_t count) {
  Array array = Array::New(env, count);
  if (count > 0 && !array.IsEmpty()) std::memcpy(array.Data(), data, count * sizeof(Number));
  return array;
}

}  // namespace smem

#endif  // SMEM_BINDINGS_COLUMNS_H_
