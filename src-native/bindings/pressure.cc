#include <string>

#include "arguments.h"
#include "classes.h"
#include "exports.h"
#include "poll_object.h"
#include "pressure/trigger.h"

namespace smem {
namespace {

// PressurePoll of src/native/backend.ts. Notifies of how many events there were; of 0 when there is nothing more to come, and it has
// closed itself.
class PressurePoll final : public PollObject<PressurePoll, PressureSource> {
 public:
  using PollObject::PollObject;

  int descriptor() const { return source().fd.get(); }
  int events() const { return source().kind == PressureKind::kTrigger ? UV_PRIORITIZED : UV_READABLE | UV_DISCONNECT; }

 private:
  void on_ready(int status) override {
    uint64_t count = 1;
    const PressureState state = take_event(source(), &count);
    const bool ended = state == PressureState::kEnded || (status < 0 && state == PressureState::kNothing);
    if (!ended && state == PressureState::kNothing) return;
    if (ended) close();
    notify({ended ? 0.0 : static_cast<double>(count)});
  }
};

std::string bytes_argument(const Napi::Value& value) {
  const Napi::Uint8Array bytes = value.As<Napi::Uint8Array>();
  return std::string(reinterpret_cast<const char*>(bytes.Data()), bytes.ElementLength());
}

// The PressurePoll, or an errno.
Napi::Value to_poll(const Napi::CallbackInfo& info, int error, PressureSource source, const Napi::Value& notify) {
  if (error != 0) return Napi::Number::New(info.Env(), error);
  return PressurePoll::create(info.Env(), &Classes::pressure_poll, std::move(source), notify);
}

// pollTrigger(path, bytes, notify) -> PressurePoll or errno
Napi::Value poll_trigger(const Napi::CallbackInfo& info) {
  PressureSource source;
  const int error = open_trigger(PathArgument(info[0]).text, bytes_argument(info[1]), &source);
  return to_poll(info, error, std::move(source), info[2]);
}

// pollStream(path, bytes, notify) -> PressurePoll or errno
Napi::Value poll_stream(const Napi::CallbackInfo& info) {
  PressureSource source;
  const int error = open_stream(PathArgument(info[0]).text, bytes_argument(info[1]), &source);
  return to_poll(info, error, std::move(source), info[2]);
}

// pollCounter(directory, file, arguments, notify) -> PressurePoll or errno
Napi::Value poll_counter(const Napi::CallbackInfo& info) {
  PressureSource source;
  const std::string arguments = info[2].As<Napi::String>().Utf8Value();
  const int error = open_counter(PathArgument(info[0]).text, PathArgument(info[1]).text, arguments, &source);
  return to_poll(info, error, std::move(source), info[3]);
}

}  // namespace

void export_pressure(Napi::Env env, Napi::Object exports) {
  Classes::of(env)->pressure_poll = Napi::Persistent(PressurePoll::define(env, "PressurePoll"));
  exports["pollTrigger"] = Napi::Function::New<poll_trigger>(env, "pollTrigger");
  exports["pollStream"] = Napi::Function::New<poll_stream>(env, "pollStream");
  exports["pollCounter"] = Napi::Function::New<poll_counter>(env, "pollCounter");
}

}  // namespace smem
