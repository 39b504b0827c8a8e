// One descriptor of src-native/pressure on the environment's event loop.
//
// Lives on the heap by itself from start() until the loop has let go of it. Everything happens on the loop's thread. It does not
// keep the loop alive. When its environment is torn down (a worker thread that is terminated, the end of the process) it closes.
#ifndef SMEM_BINDINGS_POLL_HANDLE_H_
#define SMEM_BINDINGS_POLL_HANDLE_H_

#include <napi.h>
#include <uv.h>

#include "pressure/trigger.h"

namespace smem {

class PollHandle {
 public:
  // Told of what happens; `count` is 0 when it is the last thing that does: the handle has closed itself then.
  class Listener {
   public:
    virtual void on_event(uint64_t count) = 0;
    // The environment is going; the handle has closed itself.
    virtual void on_teardown() = 0;

   protected:
    ~Listener() = default;
  };

  // Takes over the source. 0 or an errno; then `*handle` is unchanged.
  static int start(Napi::Env env, PressureSource source, Listener* listener, PollHandle** handle);

  // At once and for good: the listener is not called any more, the descriptor is closed, and the handle must not be used again.
  void close();

 private:
  PollHandle(PressureSource source, Listener* listener) : source_(std::move(source)), listener_(listener) {}
  ~PollHandle() = default;

  static void on_ready(uv_poll_t* poll, int status, int events);
  static void on_closed(uv_handle_t* handle);
  static void on_teardown(napi_async_cleanup_hook_handle hook, void* data);

  PressureSource source_;
  Listener* listener_;
  uv_poll_t poll_ = {};
  napi_async_cleanup_hook_handle hook_ = nullptr;
};

}  // namespace smem

#endif  // SMEM_BINDINGS_POLL_HANDLE_H_
