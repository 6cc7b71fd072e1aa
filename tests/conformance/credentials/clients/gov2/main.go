// AWS SDK for Go v2: one line of JSON with the keys that it finds, and whom STS takes it for with them.
// `gov2 refresh`: the keys of one configuration, and those that it has when the first are over.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

type keys struct {
	AccessKeyID  string    `json:"access_key_id"`
	SecretSHA256 string    `json:"secret_sha256"`
	TokenSHA256  string    `json:"token_sha256"`
	Source       string    `json:"source"`
	Expiration   time.Time `json:"expiration"`
	Caller       string    `json:"caller"`
}

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func configuration(ctx context.Context) (aws.Config, error) {
	server := func(service, region string, options ...interface{}) (aws.Endpoint, error) {
		return aws.Endpoint{URL: os.Getenv("AWS_SERVER"), SigningRegion: region}, nil
	}
	return config.LoadDefaultConfig(ctx, config.WithRegion("us-east-1"),
		config.WithEndpointResolverWithOptions(aws.EndpointResolverWithOptionsFunc(server)))
}

func keysOf(ctx context.Context, found aws.Config) (keys, error) {
	credentials, err := found.Credentials.Retrieve(ctx)
	if err != nil {
		return keys{}, err
	}
	caller, err := sts.NewFromConfig(found).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return keys{}, err
	}
	// LoadDefaultConfig has taken five minutes off, so that keys are asked for anew in time.
	expiration := credentials.Expires.UTC().Add(5 * time.Minute)
	return keys{
		AccessKeyID:  credentials.AccessKeyID,
		SecretSHA256: sha256Of(credentials.SecretAccessKey),
		TokenSHA256:  sha256Of(credentials.SessionToken),
		Source:       credentials.Source,
		Expiration:   expiration,
		Caller:       *caller.Arn,
	}, nil
}

func find(refresh bool) (interface{}, error) {
	ctx := context.Background()
	found, err := configuration(ctx)
	if err != nil {
		return nil, err
	}
	first, err := keysOf(ctx, found)
	if err != nil || !refresh {
		return first, err
	}
	for !time.Now().After(first.Expiration) {
		time.Sleep(100 * time.Millisecond)
	}
	second, err := keysOf(ctx, found)
	return map[string]keys{"first": first, "second": second}, err
}

func main() {
	found, err := find(len(os.Args) > 1 && os.Args[1] == "refresh")
	if err != nil {
		found = map[string]string{"error": err.Error()}
	}
	json.NewEncoder(os.Stdout).Encode(found)
}
