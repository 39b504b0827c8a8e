#include "notify/datagram.h"

#include "arguments.h"
#include "exports.h"

namespace smem {
namespace {

// The callers keep to less; a longer text is cut off.
constexpr size_t kMaxText = 4096;

// sendNotify(address, text) -> errno
Napi::Value send_notify(const Napi::CallbackInfo& info) {
  char text[kMaxText];
  size_t size = 0;
  if (napi_get_value_string_utf8(info.Env(), info[1], text, sizeof text, &size) != napi_ok) size = 0;
  return Napi::Number::New(info.Env(), send_datagram(PathArgument(info[0]).text, {text, size}));
}

}  // namespace

void export_notify(Napi::Env env, Napi::Object exports) {
  exports["sendNotify"] = Napi::Function::New<send_notify>(env, "sendNotify");
}

}  // namespace smem
