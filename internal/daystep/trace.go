package daystep
var Trace func(float64,string)
func (w *world) tr(s string){ if Trace!=nil{Trace(float64(w.day*w.hours)/24,s)}}
