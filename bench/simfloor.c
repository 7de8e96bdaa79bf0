/* SPDX-License-Identifier: MIT */
/* simfloor.c - smallest honest SMP scheduling simulation, to find the floor in ns per event.
 * Own work, scratch quality: EEVDF-like pick, ticks, bursts, sleeps, wake placement on an idle CPU,
 * wake preemption, per-task accounting, wake-latency histogram. No load balancing, cgroups, RT, DL.
 * usage: simfloor CPUS TASKS EVENTS [util%=85] [burst_us=1000] [reps=5]
 * -DRQ_RB: red-black run queue (default sorted array)   -DEVQ_HEAP: one global 4-ary heap, lazy deletion
 * -DPAD=n: n cold bytes inside struct task              -DTRACE: 16-byte binary record per event
 * -DPELT: a decayed average per task and CPU per update -DFLT: double instead of fixed point
 * -DTICKSKIP: no event for a tick that cannot end a slice (same schedule up to vruntime rounding)
 * build: gcc -O2 simfloor.c -lm -o simfloor             check value: same for every build of one point */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <time.h>
#ifndef PAD
#define PAD 0
#endif
#define likely(x) __builtin_expect(!!(x),1)
typedef int64_t s64; typedef uint64_t u64; typedef uint32_t u32; typedef unsigned __int128 u128;
#ifdef FLT
typedef double vt;
#else
typedef s64 vt;
#endif
static double now(void){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec*1e9+t.tv_nsec;}
typedef struct task { vt v, dl; s64 remain; u64 sum_exec, stamp; u32 w, invw, cpu, nsw;
#ifdef RQ_RB
  struct task *l,*r,*p; vt minv; u32 red;
#endif
#ifdef PELT
  u64 pelt_t; u32 pelt_sum, util;
#endif
#if PAD
  char pad[PAD];
#endif
} task;
typedef struct { vt dl, v; u32 id; } slot;
typedef struct __attribute__((aligned(64))) cpu { u64 tick, end, start; task *cur; u128 *th; u32 nt, tcap; vt v0, avg; s64 load; u32 nr, cap; slot *rq; u64 nsw; task *root; u64 idle_since, idle;
#ifdef PELT
  u64 pelt_t; u32 pelt_sum, util;
#endif
} cpu;
static task *TK; static cpu *CP; static u32 nc, ntk; static u64 *W, wp; static u64 *idlemap;
static u64 seed=88172645463325252ull, hist[64], nev, nwake, nswitch, ntick, npre, chk, nseq; static u64 burst_m, sleep_m;
static u32 qt[4096];
static inline u64 ex(u64 mean){ seed=seed*6364136223846793005ull+1442695040888963407ull; return 1+((mean*qt[seed>>52])>>16); }
#define TICK 1000000ull
#define SLICE 3000000ull
#define NEVER (~0ull>>12)
#ifdef TRACE
static struct { u64 t; u32 cpu_ev, id; } ring[65536]; static u32 rp; static volatile u64 rsum;
#define TR(e,c,i) do{ ring[rp].t=t; ring[rp].cpu_ev=(c)<<4|(e); ring[rp].id=(i); if(++rp==65536){rp=0;rsum+=ring[77].t;} }while(0)
#else
#define TR(e,c,i) do{}while(0)
#endif
#ifdef PELT
static u32 y32[32];
#define PUP(x,t,on) do{ u64 d=((t)-(x)->pelt_t)>>20; if(d){ (x)->pelt_t+=d<<20; u32 s=(x)->pelt_sum; s=d<2016?(u32)(((u64)s*y32[d&31])>>(32+(d>>5))):0; if(on)s+=1024; (x)->pelt_sum=s; (x)->util=(u32)(((u64)s*45)>>11); } }while(0)
#else
#define PUP(x,t,on) do{}while(0)
#endif
/* ---- event queue ---- */
#ifdef EVQ_HEAP
static u128 *EH; static u32 en; static u32 *gen;
static void epush(u64 t,u32 c){ u128 k=((u128)t<<64)|((u64)c<<32)|++gen[c]; u32 i=en++; while(i){u32 p=(i-1)/4;if(EH[p]<=k)break;EH[i]=EH[p];i=p;} EH[i]=k; }
static void epop(void){ u128 k=EH[--en]; u32 i=0; for(;;){u32 c=i*4+1;if(c>=en)break;u32 e=c+4<en?c+4:en,m=c;u128 mk=EH[c];for(u32 j=c+1;j<e;j++){int l=EH[j]<mk;m=l?j:m;mk=l?EH[j]:mk;}if(mk>=k)break;EH[i]=mk;i=m;} EH[i]=k; }
static u64 *lastk; static inline void arm(u32 c,u64 t){ if(lastk[c]==t)return; lastk[c]=t; epush(t,c); }
static inline u64 top(u32*c){ for(;;){ u64 lo=(u64)EH[0]; *c=lo>>32; if((u32)lo==gen[*c])return EH[0]>>64; epop(); } }
#else
static inline void arm(u32 c,u64 t){ u64 k=t<<12|c; u32 i=wp+c; if(W[i]==k)return; W[i]=k; while(i>1){ u64 a=W[i],b=W[i^1],m=a<b?a:b; i>>=1; if(W[i]==m)break; W[i]=m; } }
static inline u64 top(u32*c){ *c=W[1]&4095; return W[1]>>12; }
#endif
static inline void rearm(u32 c){ cpu*p=CP+c; u64 n=p->tick<p->end?p->tick:p->end; if(p->nt){u64 x=p->th[0]>>64; if(x<n)n=x;} arm(c,n); }
static void tpush(cpu*p,u64 t,u32 id){ if(p->nt==p->tcap){p->tcap=p->tcap?p->tcap*2:16;p->th=realloc(p->th,p->tcap*sizeof(u128));} u128 k=((u128)t<<64)|(nseq++<<32)|id; u128*h=p->th; u32 i=p->nt++; while(i){u32 q=(i-1)/4;if(h[q]<=k)break;h[i]=h[q];i=q;} h[i]=k; }
static u32 tpop(cpu*p){ u128*h=p->th; u32 id=(u32)h[0]; u32 n=--p->nt; u128 k=h[n]; u32 i=0; for(;;){u32 c=i*4+1;if(c>=n)break;u32 e=c+4<n?c+4:n,m=c;u128 mk=h[c];for(u32 j=c+1;j<e;j++){int l=h[j]<mk;m=l?j:m;mk=l?h[j]:mk;}if(mk>=k)break;h[i]=mk;i=m;} h[i]=k; return id; }
/* ---- run queue ---- */
static inline vt V(cpu*p){ if(!p->load)return p->v0;
#ifdef FLT
  return p->v0+p->avg/(double)p->load;
#else
  s64 q=p->avg/p->load; return p->v0+q-(p->avg%p->load<0);
#endif
}
static inline void acc(cpu*p,task*k,int s){ p->avg+=s*(k->v-p->v0)*(s64)k->w; p->load+=s*(s64)k->w; }
#ifdef RQ_RB
static inline int before(const task*a,const task*b){ return a->dl<b->dl||(a->dl==b->dl&&a<b); }
static task NN,*NIL=&NN;
static inline void pull(task*x){ vt m=x->v; if(x->l->minv<m)m=x->l->minv; if(x->r->minv<m)m=x->r->minv; x->minv=m; }
static void rotl(task**root,task*x){ task*y=x->r; x->r=y->l; if(y->l!=NIL)y->l->p=x; y->p=x->p; if(x->p==NIL)*root=y; else if(x==x->p->l)x->p->l=y; else x->p->r=y; y->l=x; x->p=y; y->minv=x->minv; pull(x); }
static void rotr(task**root,task*x){ task*y=x->l; x->l=y->r; if(y->r!=NIL)y->r->p=x; y->p=x->p; if(x->p==NIL)*root=y; else if(x==x->p->r)x->p->r=y; else x->p->l=y; y->r=x; x->p=y; y->minv=x->minv; pull(x); }
static void rq_ins(cpu*c,task*z){ task**root=&c->root,*y=NIL,*x=*root; z->minv=z->v; while(x!=NIL){if(z->v<x->minv)x->minv=z->v;y=x;x=before(z,x)?x->l:x->r;} z->p=y; if(y==NIL)*root=z; else if(before(z,y))y->l=z; else y->r=z; z->l=z->r=NIL; z->red=1;
  while(z->p->red){ task*g=z->p->p; if(z->p==g->l){task*u=g->r; if(u->red){z->p->red=u->red=0;g->red=1;z=g;} else {if(z==z->p->r){z=z->p;rotl(root,z);} z->p->red=0;g->red=1;rotr(root,g);}} else {task*u=g->l; if(u->red){z->p->red=u->red=0;g->red=1;z=g;} else {if(z==z->p->l){z=z->p;rotr(root,z);} z->p->red=0;g->red=1;rotl(root,g);}} } (*root)->red=0; c->nr++; }
static inline void plant(task**root,task*u,task*v){ if(u->p==NIL)*root=v; else if(u==u->p->l)u->p->l=v; else u->p->r=v; v->p=u->p; }
static void rq_del(cpu*c,task*z){ task**root=&c->root,*y=z,*x; u32 yr=y->red; if(z->l==NIL){x=z->r;plant(root,z,x);} else if(z->r==NIL){x=z->l;plant(root,z,x);} else {y=z->r;while(y->l!=NIL)y=y->l;yr=y->red;x=y->r;if(y->p==z)x->p=y;else{plant(root,y,x);y->r=z->r;y->r->p=y;}plant(root,z,y);y->l=z->l;y->l->p=y;y->red=z->red;}
  for(task*a=x->p;a!=NIL;a=a->p)pull(a);
  if(!yr)while(x!=*root&&!x->red){task*p=x->p; if(x==p->l){task*w=p->r; if(w->red){w->red=0;p->red=1;rotl(root,p);w=p->r;} if(!w->l->red&&!w->r->red){w->red=1;x=p;} else {if(!w->r->red){w->l->red=0;w->red=1;rotr(root,w);w=p->r;} w->red=p->red;p->red=0;w->r->red=0;rotl(root,p);x=*root;}}
    else {task*w=p->l; if(w->red){w->red=0;p->red=1;rotr(root,p);w=p->l;} if(!w->r->red&&!w->l->red){w->red=1;x=p;} else {if(!w->l->red){w->r->red=0;w->red=1;rotl(root,w);w=p->l;} w->red=p->red;p->red=0;w->l->red=0;rotr(root,p);x=*root;}} } x->red=0; NIL->p=NIL; NIL->red=0; c->nr--; }
static task*rq_take(cpu*c){ vt e=V(c); task*x=c->root; for(;;){ if(x->l->minv<=e){x=x->l;continue;} if(x->v<=e||x->r==NIL)break; x=x->r; } rq_del(c,x); return x; }
#else
static void rq_ins(cpu*c,task*k){ if(c->nr==c->cap){c->cap=c->cap?c->cap*2:8;c->rq=realloc(c->rq,c->cap*sizeof(slot));} u32 id=k-TK,i=c->nr++; slot*A=c->rq; while(i&&(A[i-1].dl>k->dl||(A[i-1].dl==k->dl&&A[i-1].id>id))){A[i]=A[i-1];i--;} A[i]=(slot){k->dl,k->v,id}; }
static task*rq_take(cpu*c){ vt e=V(c); slot*A=c->rq; u32 i=0,n=c->nr; while(i<n&&A[i].v>e)i++; if(i==n)i=0; u32 id=A[i].id; c->nr=n-1; for(;i+1<n;i++)A[i]=A[i+1]; return TK+id; }
#endif
/* ---- scheduler core ---- */
#ifdef TICKSKIP
#define TICKARM p->tick=nexttick(k,t)
#else
#define TICKARM if(p->tick==NEVER)p->tick=(t/TICK+1)*TICK
#endif
static inline vt scale(u64 d,task*k){
#ifdef FLT
  return (double)d*(1024.0/k->w);
#else
  return (s64)((d*k->invw)>>22);
#endif
}
static inline u64 nexttick(task*k,u64 t){
#ifdef TICKSKIP
  s64 left=(s64)(k->dl-k->v); if(left>0)t+=((u64)left*k->w)>>10;      /* first tick at which v can reach dl */
#else
  (void)k;
#endif
  return (t/TICK+1)*TICK; }
static inline void update(cpu*p,u64 t){ task*k=p->cur; u64 d=t-p->start; p->start=t; vt dv=scale(d,k); k->v+=dv; p->avg+=dv*(s64)k->w; k->sum_exec+=d; k->remain-=d; PUP(k,t,1); PUP(p,t,1); }
static inline void renorm(cpu*p){ vt nv=V(p); p->avg-=(nv-p->v0)*p->load; p->v0=nv; }
static inline void run(cpu*p,u32 c,u64 t){ if(p->nr){ task*k=rq_take(p); p->cur=k; p->start=t; p->end=t+k->remain; k->nsw++; p->nsw++; nswitch++; TICKARM; chk=((chk<<7)|(chk>>57))^(t+(u64)(k-TK)); TR(1,c,k-TK); if(k->stamp){ hist[63-__builtin_clzll((t-k->stamp)|1)]++; k->stamp=0; } }
  else { p->cur=0; p->end=p->tick=NEVER; p->idle_since=t; idlemap[c>>6]|=1ull<<(c&63); TR(2,c,0); } }
static void wake(u32 id,u64 t){ task*k=TK+id; u32 c=k->cpu; nwake++; if(CP[c].cur){ u64 m=idlemap[c>>6]; if(m)c=(c&~63u)|__builtin_ctzll(m); } k->cpu=c; cpu*p=CP+c; TR(3,c,id); PUP(k,t,0);
  k->remain=ex(burst_m); k->stamp=t; if(p->cur)update(p,t); k->v=V(p); k->dl=k->v+scale(SLICE,k); acc(p,k,1); rq_ins(p,k);
  if(!p->cur){ p->idle+=t-p->idle_since; idlemap[c>>6]&=~(1ull<<(c&63)); run(p,c,t); rearm(c); } else if(k->dl<p->cur->dl){ npre++; task*o=p->cur; rq_ins(p,o); run(p,c,t); rearm(c); } }
__attribute__((noinline)) static u64 sim(u64 limit){ u64 stop=nev+limit,t=0; u32 c; while(nev<stop){ t=top(&c); cpu*p=CP+c; nev++;
    if(p->nt&&(u64)(p->th[0]>>64)<=t){ u32 id=tpop(p); wake(id,t); }
    else if(p->end<=t){ task*k=p->cur; update(p,t); acc(p,k,-1); k->cpu=c; tpush(p,t+ex(sleep_m),k-TK); run(p,c,t); }
    else { ntick++; update(p,t); TR(4,c,0); task*k=p->cur; if(k->v>=k->dl){ k->dl=k->v+scale(SLICE,k); renorm(p); if(p->nr){ rq_ins(p,k); p->tick=nexttick(k,t); run(p,c,t); } else p->tick=nexttick(k,t); } else p->tick=nexttick(k,t); }
    rearm(c); } return t; }
int main(int a,char**v){ if(a<4)return 1; nc=atoi(v[1]); ntk=atoi(v[2]); u64 E=strtoull(v[3],0,10); int util=a>4?atoi(v[4]):85; burst_m=1000ull*(a>5?atoi(v[5]):1000); int reps=a>6?atoi(v[6]):5;
  double t00=now(); for(int i=0;i<4096;i++)qt[i]=(u32)(-log(1-(i+.5)/4096)*65536);
#ifdef PELT
  for(int i=0;i<32;i++)y32[i]=(u32)(4294967295.0*pow(0.5,i/32.0));
#endif
  double per=(double)ntk/nc; sleep_m=(u64)(burst_m*(per*100/util-1)); if((s64)sleep_m<1000)sleep_m=1000;
  TK=aligned_alloc(64,(ntk*sizeof(task)+63)&~63ull); memset(TK,0,ntk*sizeof(task)); CP=aligned_alloc(64,nc*sizeof(cpu)); memset(CP,0,nc*sizeof(cpu)); idlemap=calloc(nc/64+1,8);
#ifdef EVQ_HEAP
  EH=malloc(16ull*(nc*64+1024)); gen=calloc(nc,4); lastk=calloc(nc,8);
#endif
  wp=1; while(wp<nc)wp*=2; W=malloc(16*wp+16); memset(W,0xff,16*wp+16);
#ifdef RQ_RB
  NIL->l=NIL->r=NIL->p=NIL; NIL->minv=(vt)(1ull<<62);
#endif
  for(u32 i=0;i<nc;i++){ CP[i].tick=CP[i].end=NEVER; idlemap[i>>6]|=1ull<<(i&63);
#ifdef RQ_RB
    CP[i].root=NIL;
#endif
  }
  static const u32 ww[]={1024,1024,1024,820,1277,335,3121,1024};
  for(u32 i=0;i<ntk;i++){ TK[i].w=ww[i&7]; TK[i].invw=(1024u<<22)/TK[i].w; if(TK[i].w==1024)TK[i].invw=1u<<22; TK[i].cpu=i%nc; tpush(CP+i%nc,ex(sleep_m),i); }
  for(u32 i=0;i<nc;i++)rearm(i);
  double init=now()-t00; u64 tend=sim(E/2); double best=1e18; for(int r=0;r<reps;r++){ double x=now(); u64 n0=nev,s0=nswitch; tend=sim(E); double ns=(now()-x)/(nev-n0); (void)s0; if(ns<best)best=ns; }
  u64 b=0; for(u32 i=0;i<nc;i++)b+=CP[i].idle;
  printf("%u/%u: %.1f ns/event %.1f ns/switch %.2f Mev/s | switch %.2f wake %.2f tick %.2f preempt %.2f per event | busy %.0f%% simtime %.3f s init %.2f ms task %zu B cpu %zu B check %08lx\n",nc,ntk,best,best*nev/nswitch,1e3/best,(double)nswitch/nev,(double)nwake/nev,(double)ntick/nev,(double)npre/nev,100-100.0*b/((double)nc*tend),tend*1e-9,init*1e-6,sizeof(task),sizeof(cpu),(long)(chk&0xffffffff)); return 0; }
