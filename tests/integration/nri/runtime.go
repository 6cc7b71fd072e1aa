// The engine's side of NRI without an engine: the library that Docker and containerd have it from, and nothing behind
// it. It takes plugins as they do, and asks them of containers that it never makes.
//
//	runtime NRI_SOCKET CONTROL_SOCKET [NAME]
//
// NAME is what it calls itself to plugins ("docker"). At CONTROL_SOCKET it is told by HTTP what to do, in JSON:
//
//	POST /create [container, …]   asks plugins of each, one after the other: an answer for each, in order
//	POST /create/at-once          the same for all at the same time
//	POST /have   [container, …]   it has these, beside those that it was asked to create: plugins that register hear of them
//	POST /forget []               as a reload of Docker's: plugins are dropped, their connections stay open, and there is
//	                              another socket
package main

import (
	"context"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/containerd/nri/pkg/adaptation"
)

// What Docker tells of a container.
type container struct {
	ID     string            `json:"id"`
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
	Env    []string          `json:"env"`
}

func (c container) pod() *adaptation.PodSandbox {
	return &adaptation.PodSandbox{Id: c.ID, Name: c.Name}
}

func (c container) message() *adaptation.Container {
	return &adaptation.Container{
		Id: c.ID, PodSandboxId: c.ID, Name: c.Name, State: adaptation.ContainerState_CONTAINER_CREATED,
		Labels: c.Labels, Env: c.Env, Linux: &adaptation.LinuxContainer{},
	}
}

// What plugins have it given.
type answer struct {
	Microseconds int64               `json:"us"`
	Error        string              `json:"error"` // Docker would fail the user's command with it
	Env          map[string]string   `json:"env"`
	Mounts       []*adaptation.Mount `json:"mounts"`
}

type runtime struct {
	name, socket string

	mutex      sync.Mutex // of what follows; nobody who holds it asks plugins
	plugins    *adaptation.Adaptation
	containers []container
}

// Takes plugins, at a socket that is new.
func (r *runtime) start() error {
	plugins, err := adaptation.New(r.name, "29.0.0-test", r.synchronize, refuseUpdates,
		adaptation.WithPluginPath("/nonexistent"), adaptation.WithPluginConfigPath("/nonexistent"),
		adaptation.WithSocketPath(r.socket))
	if err != nil {
		return err
	}
	r.mutex.Lock()
	r.plugins = plugins
	r.mutex.Unlock()
	return plugins.Start()
}

func refuseUpdates(context.Context, []*adaptation.ContainerUpdate) ([]*adaptation.ContainerUpdate, error) {
	return nil, nil
}

// A plugin is told of all containers when it registers, and is asked of creates from then on.
func (r *runtime) synchronize(ctx context.Context, tell adaptation.SyncCB) error {
	var pods []*adaptation.PodSandbox
	var messages []*adaptation.Container
	r.mutex.Lock()
	for _, c := range r.containers {
		pods = append(pods, c.pod())
		messages = append(messages, c.message())
	}
	r.mutex.Unlock()
	_, err := tell(ctx, pods, messages)
	return err
}

func (r *runtime) create(c container) answer {
	r.mutex.Lock()
	plugins := r.plugins
	r.mutex.Unlock()
	begun := time.Now()
	response, err := plugins.CreateContainer(context.Background(),
		&adaptation.CreateContainerRequest{Pod: c.pod(), Container: c.message()})
	given := answer{Microseconds: time.Since(begun).Microseconds(), Env: map[string]string{}}
	if err != nil {
		given.Error = err.Error()
		return given
	}
	for _, variable := range response.GetAdjust().GetEnv() {
		given.Env[variable.Key] = variable.Value
		c.Env = append(c.Env, variable.Key+"="+variable.Value)
	}
	given.Mounts = response.GetAdjust().GetMounts()
	r.mutex.Lock()
	r.containers = append(r.containers, c)
	r.mutex.Unlock()
	return given
}

func (r *runtime) createInTurn(containers []container) []answer {
	answers := make([]answer, len(containers))
	for i, c := range containers {
		answers[i] = r.create(c)
	}
	return answers
}

func (r *runtime) createAtOnce(containers []container) []answer {
	answers := make([]answer, len(containers))
	var all sync.WaitGroup
	for i, c := range containers {
		all.Add(1)
		go func(i int, c container) {
			defer all.Done()
			answers[i] = r.create(c)
		}(i, c)
	}
	all.Wait()
	return answers
}

func (r *runtime) have(containers []container) int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.containers = append(r.containers, containers...)
	return len(r.containers)
}

// How many containers plugins will hear of.
func (r *runtime) forget([]container) int {
	r.mutex.Lock()
	plugins := r.plugins
	r.mutex.Unlock()
	plugins.Stop()
	if err := r.start(); err != nil {
		log.Fatal(err)
	}
	return r.have(nil)
}

// A command that takes containers and says something.
func command[Result any](run func([]container) Result) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		var containers []container
		if err := json.NewDecoder(request.Body).Decode(&containers); err != nil {
			http.Error(writer, err.Error(), http.StatusBadRequest)
			return
		}
		if err := json.NewEncoder(writer).Encode(run(containers)); err != nil {
			log.Print(err)
		}
	}
}

func main() {
	if len(os.Args) < 3 || len(os.Args) > 4 {
		log.Fatal("usage: runtime NRI_SOCKET CONTROL_SOCKET [NAME]")
	}
	r := &runtime{name: "docker", socket: os.Args[1]}
	if len(os.Args) == 4 {
		r.name = os.Args[3]
	}
	if err := r.start(); err != nil {
		log.Fatal(err)
	}
	// Whoever reaches this finds the other one there, too.
	os.Remove(os.Args[2])
	control, err := net.Listen("unix", os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/create", command(r.createInTurn))
	http.HandleFunc("/create/at-once", command(r.createAtOnce))
	http.HandleFunc("/have", command(r.have))
	http.HandleFunc("/forget", command(r.forget))
	log.Fatal(http.Serve(control, nil))
}
