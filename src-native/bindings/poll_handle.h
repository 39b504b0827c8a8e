// One descriptor on the environment's event loop, which it does not keep alive.
//
// Lives on the heap by itself from start() until the loop has let go of it. Everything happens on the loop's thread. When its
// environment is torn down (a worker thread that is terminated, the end of the process) it closes.
#ifndef SMEM_BINDINGS_POLL_HANDLE_H_
#define SMEM_BINDINGS_POLL_HANDLE_H_

#include <napi.h>
#include <uv.h>

namespace smem {

class PollHandle {
 public:
  class Listener {
   public:
    // Something has come, or polling has failed: `status` is below 0 then.
    virtual void on_ready(int status) = 0;
    // The environment is going; the handle has closed itself, and must not be used again.
    virtual void on_teardown() = 0;

   protected:
    ~Listener() = default;
  };

  // The descriptor stays the caller's, who closes it after the handle. `events` are libuv's. 0 or an errno; then `*handle` is unchanged.
  // EPERM: it cannot be polled, as a plain file.
  static int start(Napi::Env env, int fd, int events, Listener* listener, PollHandle** handle);

  // At once and for good: the listener is not called any more, and the handle must not be used again.
  void close();

 private:
  explicit PollHandle(Listener* listener) : listener_(listener) {}
  ~PollHandle() = default;

  static void on_closed(uv_handle_t* handle);
  static void on_teardown(napi_async_cleanup_hook_handle hook, void* data);

  Listener* listener_;
  uv_poll_t poll_ = {};
  napi_async_cleanup_hook_handle hook_ = nullptr;
};

}  // namespace smem

#endif  // SMEM_BINDINGS_POLL_HANDLE_H_
