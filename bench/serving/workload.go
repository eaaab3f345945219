package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/yield"
)

// requests arrive at random, with prompts of 500 to 1,500 tokens and answers of
// 100 to 300. The same workload gives the same requests each time.
func (l *workload) requests() []yield.Request {
	r := rand.New(rand.NewPCG(1, uint64(l.Requests)))
	out := make([]yield.Request, l.Requests)
	at := 0.0
	for i := range out {
		at += r.ExpFloat64() / l.PerSecond
		out[i] = yield.Request{At: at, Input: 500 + r.Int32N(1001), Output: 100 + r.Int32N(201)}
	}
	return out
}

// trace writes the requests as BLIS reads them.
func (l *workload) trace() []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, "request_id,client_id,tenant_id,slo_class,session_id,round_index,prefix_group,prefix_length,streaming,input_tokens,output_tokens,text_tokens,image_tokens,"+
		"audio_tokens,video_tokens,reason_ratio,model,deadline_us,server_input_tokens,arrival_time_us,send_time_us,first_chunk_time_us,last_chunk_time_us,num_chunks,status,error_message,finish_reason")
	for i, q := range l.requests() {
		at := int64(q.At * 1e6)
		fmt.Fprintf(&b, "%d,c,,,,0,,0,false,%d,%d,0,0,0,0,0,,0,0,%d,%d,0,0,0,ok,,\n", i, q.Input, q.Output, at, at)
	}
	return b.Bytes()
}

// instance is one copy of the model.
func (l *workload) instance() (*yield.Instance, error) {
	models, err := catalog.BuiltinModels()
	if err != nil {
		return nil, err
	}
	m, err := catalog.FindModel(models, l.Model)
	if err != nil {
		return nil, err
	}
	accelerators, err := catalog.BuiltinAccelerators()
	if err != nil {
		return nil, err
	}
	a, err := catalog.FindAccelerator(accelerators, l.Device)
	if err != nil {
		return nil, err
	}
	d, err := yield.NewDevice(a.Name, &a.Spec)
	if err != nil {
		return nil, err
	}
	s, err := yield.NewShape(m.Name, &m.Spec, nil, yield.Formats{})
	if err != nil {
		return nil, err
	}
	return &yield.Instance{Model: s, Device: &d, Devices: l.Tensor, Tensor: l.Tensor, Expert: 1, Engine: yield.VLLM}, nil
}
