#include <uv.h>

#include <cerrno>

#include "arguments.h"
#include "classes.h"
#include "exports.h"
#include "procfs/process_hold.h"

namespace smem {
namespace {

// A pidfd on the environment's event loop, which it does not keep alive. Lives on the heap by itself until the loop has let go of it.
class ExitHandle {
 public:
  // Told once, of the end of the process or that of the environment; the handle has closed itself by then.
  class Listener {
   public:
    virtual void on_exit(const ProcessEnding& ending) = 0;
    virtual void on_teardown() = 0;

   protected:
    ~Listener() = default;
  };

  // 0 or an errno; then `*handle` is unchanged.
  static int start(Napi::Env env, UniqueFd pidfd, Listener* listener, ExitHandle** handle) {
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) return ECANCELED;  // the environment is going
    ExitHandle* const made = new ExitHandle(std::move(pidfd), listener);
    const int error = uv_poll_init(loop, &made->poll_, made->pidfd_.get());
    if (error != 0) {
      delete made;
      return -error;
    }
    made->poll_.data = made;
    const int started = uv_poll_start(&made->poll_, UV_READABLE, on_ready);
    uv_unref(reinterpret_cast<uv_handle_t*>(&made->poll_));
    if (started != 0 || napi_add_async_cleanup_hook(env, on_environment_end, made, &made->hook_) != napi_ok) {
      made->close();
      return started != 0 ? -started : ECANCELED;
    }
    *handle = made;
    return 0;
  }

  // At once and for good: the handle must not be used again.
  void close() {
    uv_handle_t* const handle = reinterpret_cast<uv_handle_t*>(&poll_);
    if (uv_is_closing(handle)) return;
    uv_close(handle, on_closed);  // takes the descriptor out of the loop's set at once, so that it may be closed
    pidfd_.reset();
  }

 private:
  ExitHandle(UniqueFd pidfd, Listener* listener) : pidfd_(std::move(pidfd)), listener_(listener) {}

  static void on_ready(uv_poll_t* poll, int, int) {
    ExitHandle* const self = static_cast<ExitHandle*>(poll->data);
    ProcessEnding ending;
    if (!reap_process(self->pidfd_, &ending)) return;
    self->close();
    self->listener_->on_exit(ending);
  }

  static void on_closed(uv_handle_t* handle) {
    ExitHandle* const self = static_cast<ExitHandle*>(handle->data);
    if (self->hook_) napi_remove_async_cleanup_hook(self->hook_);
    delete self;
  }

  static void on_environment_end(napi_async_cleanup_hook_handle, void* data) {
    ExitHandle* const self = static_cast<ExitHandle*>(data);
    if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&self->poll_))) return;  // on_closed is about to come
    self->close();
    self->listener_->on_teardown();
  }

  UniqueFd pidfd_;
  Listener* listener_;
  uv_poll_t poll_ = {};
  napi_async_cleanup_hook_handle hook_ = nullptr;
};

// ExitPoll of src/native/fork_calls.ts. Dropping it closes it.
class ExitPoll final : public Napi::ObjectWrap<ExitPoll>, private ExitHandle::Listener {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "ExitPoll", {InstanceMethod<&ExitPoll::close>("close")});
  }

  explicit ExitPoll(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ExitPoll>(info) {}
  ~ExitPoll() {
    if (handle_) handle_->close();
  }

  int start(Napi::Env env, UniqueFd pidfd) { return ExitHandle::start(env, std::move(pidfd), this, &handle_); }

 private:
  void close(const Napi::CallbackInfo&) {
    if (handle_) handle_->close();
    handle_ = nullptr;
  }

  // Calls the object's own function `notify`, which only the object keeps alive: otherwise it could never be collected.
  void on_exit(const ProcessEnding& ending) override {
    handle_ = nullptr;
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    const Napi::Object self = Value();
    napi_value notify, arguments[2];
    if (self.IsEmpty() || napi_get_named_property(env, self, "notify", &notify) != napi_ok) return;
    if (napi_create_int32(env, ending.code, &arguments[0]) != napi_ok) return;
    if (napi_create_int32(env, ending.signal, &arguments[1]) != napi_ok) return;
    if (napi_make_callback(env, nullptr, self, notify, 2, arguments, nullptr) != napi_pending_exception) return;
    napi_value thrown;  // by the function: the process's affair, as of any callback
    if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_fatal_exception(env, thrown);
  }

  void on_teardown() override { handle_ = nullptr; }

  ExitHandle* handle_ = nullptr;
};

// watchExit(pid, startTicks, notify) -> ExitPoll or errno
Napi::Value watch_exit(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  UniqueFd pidfd;
  int error = hold_process(pid_argument(info[0]), static_cast<uint64_t>(info[1].As<Napi::Number>().DoubleValue()), &pidfd);
  if (error != 0) return Napi::Number::New(env, error);
  // In an environment that is being torn down each of these may fail, and nobody waits for the result.
  const Classes* const classes = Classes::of(env);
  if (!classes || classes->exit_poll.IsEmpty()) return env.Undefined();
  Napi::Object object = classes->exit_poll.New({});
  ExitPoll* const poll = object.IsEmpty() ? nullptr : ExitPoll::Unwrap(object);
  if (!poll) return env.Undefined();
  object["notify"] = info[2];
  error = poll->start(env, std::move(pidfd));
  if (error != 0) return Napi::Number::New(env, error);
  return object;
}

}  // namespace

void export_exits(Napi::Env env, Napi::Object exports) {
  Classes::of(env)->exit_poll = Napi::Persistent(ExitPoll::define(env));
  exports["watchExit"] = Napi::Function::New<watch_exit>(env, "watchExit");
}

}  // namespace smem
