"""What `streamz topology` prints."""

from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from tests.topology.graphs import Shop

EXPECTED = """\
Topologies:
   Sub-topology: 0 (changed)
    Source: users (topics: [users], stores: [users])
      --> none
    Source: clicks (topics: [clicks])
      --> changed
    Processor: changed (stores: [last-url])
      --> enriched
      <-- clicks
    Processor: enriched (stores: [])
      --> by, to-late
      <-- changed
    Processor: by (stores: [])
      --> hits-repartition
      <-- enriched
    Sink: to-late (topic: chosen by each record)
      <-- enriched
    Sink: hits-repartition (topic: shop-hits-repartition)
      <-- by

   Sub-topology: 1 (hits)
    Source: hits-repartition (topics: [shop-hits-repartition])
      --> hits
    Processor: hits (stores: [hits])
      --> to-out
      <-- hits-repartition
    Sink: to-out (topic: out)
      <-- hits
"""


def test_sources_processors_stores_hops_and_sinks():
    shop = Shop()
    users = shop.table("users")
    store = n.StoreSpec("last-url", "plain")
    fn = n.Func(iter, "changed", stores=(store,))
    changed = shop.add(n.FlatMapValues, "changed", shop.stream("clicks"), fn=fn)
    joined = shop.join("enriched", changed, users, left=True)
    by = shop.rekey("by", joined)
    hits = shop.count("hits", by)
    shop.add(n.Sink, "to-late", joined, choose=n.Func(str, "choose"))
    shop.to("out", hits)
    assert make_plan(shop.graph()).describe() == EXPECTED
