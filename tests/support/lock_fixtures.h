// Fixtures with one lock, which each test gets new and unlocked.
#pragma once

#include "fixture.h"

namespace goc_test {

class WithMutex : public Procs {
 protected:
  void SetUp() override {
    Procs::SetUp();
    ASSERT_EQ(goc_mutex_new(&mu_), GOC_OK);
  }
  void TearDown() override {
    goc_mutex_release(mu_);
    Procs::TearDown();
  }

  goc_mutex* mu_ = nullptr;
};

class WithRWMutex : public Procs {
 protected:
  void SetUp() override {
    Procs::SetUp();
    ASSERT_EQ(goc_rwmutex_new(&rw_), GOC_OK);
  }
  void TearDown() override {
    goc_rwmutex_release(rw_);
    Procs::TearDown();
  }

  goc_rwmutex* rw_ = nullptr;
};

// A Cond, and the mutex that guards its condition.
class WithCond : public WithMutex {
 protected:
  void SetUp() override {
    WithMutex::SetUp();
    ASSERT_EQ(goc_cond_new(&cond_), GOC_OK);
  }
  void TearDown() override {
    goc_cond_release(cond_);
    WithMutex::TearDown();
  }

  void lock() { ASSERT_EQ(goc_mutex_lock(mu_, soon()), GOC_OK); }
  void unlock() { ASSERT_EQ(goc_mutex_unlock(mu_), GOC_OK); }

  goc_cond* cond_ = nullptr;
};

// The test says how many units there are.
class WithSemaphore : public Procs {
 protected:
  void TearDown() override {
    goc_sem_release(sem_);
    Procs::TearDown();
  }

  void make(int64_t units) { ASSERT_EQ(goc_sem_new(&sem_, units), GOC_OK); }
  int take(int64_t n, int64_t deadline = soon()) { return goc_sem_wait(sem_, n, deadline); }
  int give(int64_t n) { return goc_sem_post(sem_, n); }

  goc_sem* sem_ = nullptr;
};

}  // namespace goc_test
