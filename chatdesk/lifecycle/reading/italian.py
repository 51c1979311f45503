"""Italian words of thanks, of relief and of trouble."""

from chatdesk.lifecycle.reading.words import Language

ITALIAN = Language(
    name="it",
    thanks="""
        grazie, grazie mille, mille grazie, grazie tante, tante grazie, molte grazie, grazie
        infinite, grazie di cuore, grz, grazie a te, grazie a voi, grazie a lei, grazie a tutti,
        ringrazio, la ringrazio, ti ringrazio, vi ringrazio, ringraziamo, ringraziamenti, ancora
        grazie, grazie ancora, di nuovo grazie, grazie di nuovo
    """,
    good="""
        ok, okay, okk, bene, benissimo, perfetto, perfettamente, ottimo, eccellente, fantastico,
        fantastici, grande, grandi, grandissimo, magnifico, splendido, super, top, bravo, brava,
        bravi, bravissimi, bravissimo, d'accordo, capito, ricevuto, inteso, chiaro, certo,
        certamente, sì, si, esatto, esattamente, giusto, corretto, confermo, confermato, funziona,
        funzionano, funzionante, ha funzionato, funziona di nuovo, funzionano di nuovo, di nuovo
        operativo, funziona nuovamente, va, vanno, tutto a posto, a posto, tutto in ordine, in
        ordine, risolto, risolta, risolti, sistemato, sistemata, fatto, riparato, è tornato tutto,
        tornato a funzionare, è tornato a funzionare, ripristinato, nessun problema, nessun errore,
        nessun errore più, non ci sono più problemi, non ci sono più errori, non dà più errore, non
        da più errore, senza problemi, senza errori, niente problemi, figurati, di niente, di nulla,
        prego, con piacere, problema risolto, il problema è risolto, problema è risolto, errore
        risolto, errore sparito, l'errore è sparito, errore è sparito, problema sparito, il problema
        è sparito, potete chiudere, puoi chiudere, può chiudere, si può chiudere, possiamo chiudere,
        chiudete pure, chiudi pure, chiudere, riesco a entrare, riesco ad accedere, riesco a
        stampare, riesco ad entrare, posso accedere, posso entrare, posso stampare, bel lavoro, buon
        lavoro, nient'altro, siete i migliori, sei il migliore, i migliori, il migliore, mitico,
        mitici, evviva, finalmente, gentilissimo, gentilissima, gentilissimi, come prima, come
        previsto, tornato tutto normale, tutto normale, è tornato normale, tornato alla normalità,
        riparte, ripartito, ripartita, sbloccato, riesco
    """,
    hello="""
        ciao, buongiorno, buon giorno, buonasera, buona sera, salve, gentile, caro, cara, cari,
        signor, signora, dott, cordiali saluti, saluti, distinti saluti, un saluto, a presto,
        arrivederci, buona giornata, buona serata, buon weekend, buon fine settimana, buon
        pomeriggio, ragazzi, colleghi, team, tutti, a tutti
    """,
    small="""
        a, il, lo, la, i, gli, le, l', un, una, di, del, della, dell', da, dal, in, e, ed, è, era,
        ha, ho, mi, ti, vi, ci, ne, per, per l'aiuto, per il supporto, per la rapidità, aiuto,
        l'aiuto, supporto, assistenza, risposta, rapidità, velocità, pazienza, disponibilità,
        intervento, tempo, soluzione, info, veloce, rapido, rapida, tempestivo, tempestiva, molto,
        davvero, tanto, tante, mille, tutto, tutta, ora, adesso, oggi, già, correttamente,
        regolarmente, ticket, richiesta, caso, qui, questo, quello, io, tu, voi, lei, noi, tuo,
        vostro, tua, vostra, suo, sua, da me, da noi, anche a te, ah, oh, eh, ahah, beh, allora,
        con, lavoro, pure, gentile gentile, sono, siete, sei, che, come si deve, benone, infinite,
        di cuore, di tutto, per tutto, per la pazienza, per la disponibilità, per la risposta, per
        il lavoro
    """,
    trouble="""
        non funziona, non funzionano, non va, non riesco, errore*, errori, problema*, problemi,
        guast*, rott*, blocca*, bloccat*, crash*, persiste, persistono, manca, mancano, mancante,
        lento, lenta, lentissimo, impossibile, peggio, stesso, stessa, stessi, solito, tornato,
        tornata, ritornato, ripresenta*, ricompar*, riaprire, riaprite, riapri, ogni tanto, a volte,
        talvolta, solo a volte, per favore, per cortesia, cortesemente, potete, potreste, puoi,
        potresti, può, potrebbe, vorrei, avrei bisogno, bisogno, serve, servono, mi serve,
        aggiungere, purtroppo, ieri, nero, vuoto, vuota, rifiuta*, negato, scadut*, sbagliat*, male,
        niente altro funziona, nient'altro funziona, non valido, perso, sparito, sparita, cade,
        caduta, caduto, rimane, resta, continua, continuano, fallit*, fallisce, inutile, attendo,
        aspett*, tranne
    """,
    negation="""
        no, non, ancora, mai, niente, nulla, nessun, nessuno, nessuna, senza, neanche, nemmeno
    """,
    unsettled="""
        domani, dopo, più tardi, lunedì, martedì, mercoledì, giovedì, venerdì, settimana prossima,
        prossima settimana, provo, provare, proverò, provato, provando, controllo, controllare,
        controllerò, controllato, verifico, verificare, verificherò, guardo, guardare, vedo, vedrò,
        vediamo, vedremo, faccio sapere, farò sapere, fare sapere, ti dico, appena, quando, se,
        forse, magari, probabilmente, sembra*, pare, spero, speriamo, credo, penso, dovrebbe,
        sarebbe, per ora, per il momento, al momento, finora, ferie, vacanza, non so, non lo so,
        come, perché, cosa, quale, quali, chi, dove, devo, bisogna, subito
    """,
    but="ma, però, tuttavia, solo che, sebbene, eccetto, salvo",
)
