package newsdesk.node;

import java.nio.file.Path;
import java.util.Map;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * Runs one node on loopback until SIGTERM or until whoever started it is gone: {@code Start HOME DATA PORT}.
 * HOME holds lib/ and modules/ as tests/servers.py lays them out; DATA is the node's own, thrown away after the tests.
 * Readiness is asked over HTTP by whoever started it.
 */
public final class Start {
    private Start() {}

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]).toAbsolutePath();
        Path data = Path.of(arguments[1]).toAbsolutePath();
        Settings settings = Settings.builder()
            .put("path.home", home.toString())
            .put("path.data", data.resolve("data").toString())
            .put("path.logs", data.resolve("logs").toString())
            .put("cluster.name", "newsdesk-tests")
            .put("node.name", "only")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", arguments[2])
            .put("transport.port", "0")
            .put("node.processors", 2)
            // A nearly full test machine must not turn indices read-only.
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("logger.level", "warn")
            .build();
        LogConfigurator.configureESLogging();
        LogConfigurator.configureWithoutConfig(settings);
        Environment environment =
            InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), data.resolve("config"), () -> "only");
        // Everything on the class path, hence no module layers: the descriptors name no Java module.
        PluginsLoader plugins = PluginsLoader.createPluginsLoader(
            PluginsLoader.loadModulesBundles(environment.modulesDir(), false),
            PluginsLoader.loadPluginsBundles(environment.pluginsDir(), false),
            Map.of(),
            false);
        run(new Node(environment, plugins));
    }

    private static void run(Node node) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.prepareForClose();
                node.close();
            } catch (Exception failure) {
                failure.printStackTrace();
            }
        }));
        try {
            node.start();
        } catch (Exception failure) {
            failure.printStackTrace();
            System.exit(1);
        }
        while (System.in.read() >= 0) {
            // Nothing is ever written; the end of it is the end of the tests.
        }
        System.exit(0);
    }
}
