// JavaScript values to C++ ones. The TypeScript side has checked types and ranges; nothing here allocates.
#ifndef SMEM_BINDINGS_ARGUMENTS_H_
#define SMEM_BINDINGS_ARGUMENTS_H_

#include <napi.h>

#include <climits>

#include "procfs/usage_reader.h"

namespace smem {

// A path on the stack.
struct PathArgument {
  explicit PathArgument(const Napi::Value& value) {
    size_t length;
    if (napi_get_value_string_utf8(value.Env(), value, text, sizeof text, &length) != napi_ok) text[0] = '\0';
  }
  char text[PATH_MAX];
};

inline pid_t pid_argument(const Napi::Value& value) { return value.As<Napi::Number>().Int32Value(); }

inline double* doubles_argument(const Napi::Value& value) { return value.As<Napi::Float64Array>().Data(); }

// "rollup" or "smaps" would have to be copied out of the JavaScript heap; the callers pass true for smaps.
inline Source source_argument(const Napi::Value& value) {
  return value.As<Napi::Boolean>().Value() ? Source::kSmaps : Source::kRollup;
}

}  // namespace smem

#endif  // SMEM_BINDINGS_ARGUMENTS_H_
