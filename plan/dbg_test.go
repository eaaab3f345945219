package plan
import ("testing";"fmt";"path/filepath";"os";"strconv";"go.yaml.in/yaml/v4";"github.com/proviso-dev/proviso/internal/daystep";"github.com/proviso-dev/proviso/queue")
func TestDbg(t *testing.T){
 var s shipped
 yaml.Unmarshal(read(t, filepath.Join("testdata/daystep/shipped", os.Getenv("EX")+".yaml")), &s)
 docs:=s.documents(t)
 if p:=os.Getenv("TAKE");p!=""{take(t,docs,p)}
 if m:=os.Getenv("MUT");m!=""{ for _,x:=range s.Mutations{ if x.Name==m {change(t,docs,x.Set)}}}
 lo,_:=strconv.ParseFloat(os.Getenv("LO"),64); hi,_:=strconv.ParseFloat(os.Getenv("HI"),64)
 p:=loaded(t,docs); r:=newRun(p)
 r.start(p.draw(0),nil,false)
 for { at:=r.nextInstant(); if at>=p.Until {break}; r.w.Advance(at)
  now:=float64(at-p.From)/msPerDay
  was:=map[int32]bool{}
  for i:=range r.jobs{ was[int32(i)]=r.jobs[i].running}
  r.step()
  if now>=lo&&now<=hi { for i:=range r.jobs{ j:=&r.jobs[i]; if j.running!=was[int32(i)] || j.running&&j.began==at { n:=""; if j.source==fromPhase{n=p.phases[j.index].name}else{n=fmt.Sprint(p.series[j.index].name,"#",j.name)}; fmt.Println("E",now,n,j.running,j.devices)}}}
 }
 _ = queue.Item{}
 daystep.Trace=func(day float64,what string){ if day>=lo&&day<=hi{fmt.Println("S",day,what)}}
 daystep.Simulate(append(documents(t,"../catalog/builtin/accelerators.yaml"),docs...),daystep.Options{Hours:s.Hours})
}
