<?php
// AsyncAws for PHP: one line of JSON with the keys that it finds, and whom STS takes it for with them.

require '/usr/share/php/AsyncAws/Core/autoload.php';

use AsyncAws\Core\Configuration;
use AsyncAws\Core\Credentials\ContainerProvider;
use AsyncAws\Core\Sts\StsClient;

/** Keeps what it is told: a provider says what went wrong there alone. */
class Notes extends Psr\Log\AbstractLogger
{
    public $texts = [];

    public function log($level, $message, array $context = []): void
    {
        $exception = $context['exception'] ?? null;
        $this->texts[] = $exception === null ? $message : "$message " . $exception->getMessage();
    }
}

function keys(Notes $notes): array
{
    $configuration = Configuration::create(['region' => 'us-east-1', 'endpoint' => getenv('AWS_SERVER')]);
    $provider = new ContainerProvider(null, $notes);
    $keys = $provider->getCredentials($configuration);
    if ($keys === null) {
        return ['error' => implode('; ', $notes->texts)];
    }
    // It takes half a minute off, so that they are asked for anew in time.
    $end = (new ReflectionProperty($keys, 'expireDate'))->getValue($keys)->modify('+30 seconds');
    $sts = new StsClient($configuration, $provider);

    return [
        'access_key_id' => $keys->getAccessKeyId(),
        'secret_sha256' => hash('sha256', $keys->getSecretKey()),
        'token_sha256' => hash('sha256', $keys->getSessionToken()),
        'expiration' => $end->setTimezone(new DateTimeZone('UTC'))->format('Y-m-d\TH:i:s\Z'),
        'caller' => $sts->getCallerIdentity()->getArn(),
    ];
}

try {
    $found = keys(new Notes());
} catch (Throwable $error) {
    $found = ['error' => get_class($error) . ': ' . $error->getMessage()];
}
echo json_encode($found, JSON_UNESCAPED_SLASHES), "\n";
