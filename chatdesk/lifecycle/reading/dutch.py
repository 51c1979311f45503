"""Dutch words of thanks, of relief and of trouble."""

from chatdesk.lifecycle.reading.words import Language

DUTCH = Language(
    name="nl",
    thanks="""
        bedankt, dank, dank je, dank je wel, dankjewel, dankje, dank u, dank u wel, dankuwel, danku,
        dank jullie, dank jullie wel, hartelijk dank, hartelijk bedankt, veel dank, heel erg
        bedankt, erg bedankt, super bedankt, hartstikke bedankt, ontzettend bedankt, alvast bedankt,
        nogmaals bedankt, nogmaals dank, bedankt nogmaals, thanks, thnx, thx, merci, bedankjes,
        dankzij
    """,
    good="""
        ok, oké, okay, okee, oke, okido, goed, prima, super, top, toppie, perfect, uitstekend,
        geweldig, fantastisch, mooi, fijn, leuk, netjes, lekker, keurig, tof, gaaf, cool, geregeld,
        opgelost, gefixt, gefikst, verholpen, hersteld, gemaakt, klaar, gelukt, werkt, werkt weer,
        werken, werken weer, gewerkt, weer goed, weer ok, weer in orde, weer online, het doet het,
        doet het, doet het weer, doen het weer, loopt weer, draait weer, in orde, alles in orde,
        akkoord, begrepen, duidelijk, genoteerd, helder, snap ik, ja, jazeker, jep, yes, jawel,
        zeker, inderdaad, klopt, precies, juist, correct, bevestigd, ik bevestig, natuurlijk, graag
        gedaan, geen dank, geen probleem, geen problemen, geen problemen meer, geen probleem meer,
        geen fouten meer, geen foutmelding meer, geen foutmeldingen meer, geen error meer, geen last
        meer, geen zorgen, geen vragen meer, zonder problemen, zonder fouten, probleem opgelost,
        probleem is opgelost, het probleem is opgelost, probleem verholpen, probleem is weg, fout
        opgelost, fout is weg, foutmelding is weg, storing verholpen, mag dicht, kan dicht, mag
        gesloten worden, kan gesloten worden, mag worden gesloten, kan worden gesloten, je mag
        sluiten, u mag sluiten, je kunt sluiten, jullie mogen sluiten, sluiten maar, mag sluiten,
        sluiten, ik kan inloggen, kan weer inloggen, kan inloggen, kan weer printen, kan weer
        werken, ik kan er weer in, ik ben binnen, zit er weer in, zoals het hoort, als vanouds, als
        nieuw, goed werk, mooi werk, goed bezig, held, helden, toppers, topper, kanjer, jullie zijn
        de beste, je bent de beste, de beste, eindelijk, hoera, joepie, dat was het, dat was alles,
        geholpen, het doet het weer, ze doen het weer, hij doet het, hij doet het weer, ze doet het,
        ze doet het weer, weer als vanouds, terug normaal, opgelost zo
    """,
    hello="""
        hoi, hallo, hey, hi, dag, goedemorgen, goedemiddag, goedenavond, goedendag, beste, geachte,
        lieve, heer, mevrouw, meneer, groet, groeten, groetjes, vriendelijke groet, vriendelijke
        groeten, met vriendelijke groet, met vriendelijke groeten, mvg, gr, hartelijke groet, tot
        ziens, doei, fijne dag, fijne avond, fijn weekend, goed weekend, prettig weekend, prettige
        dag, fijne dag verder, nog een fijne dag, collega, collega's, team, mensen, jongens
    """,
    small="""
        het, 't, de, een, is, was, zijn, heeft, heb, ik, je, jij, u, jullie, we, wij, me, mij, mijn,
        ons, uw, jouw, dat, dit, deze, die, er, nu, nu weer, alles weer, weer alles, inmiddels,
        ondertussen, vandaag, al, alles, allemaal, ook voor, voor, voor de, voor je, voor uw, voor
        jullie, hulp, snelle, snel, snelle hulp, goede, reactie, antwoord, ondersteuning, moeite,
        service, support, geduld, oplossing, info, heel, heel erg, erg, zeer, veel, echt,
        ontzettend, hartstikke, vriendelijk, ticket, melding gesloten, verzoek, zaak, bij mij, bij
        ons, hier, en, met, zo, dan, hoor, joh, ah, oh, och, haha, ja hoor, volledig, helemaal,
        gewoon, super snel, verder, van mijn kant, wel, aan, naar behoren, zoals verwacht, voor
        alles, voor het oplossen, voor het regelen, voor de hulp, voor je hulp, voor jullie hulp,
        voor uw hulp
    """,
    trouble="""
        nog steeds, nog altijd, steeds, alweer, werkt niet, werken niet, doet het niet, kapot, stuk,
        defect, fout*, error*, probleem, problemen, storing*, hangt, hapert, crash*, vastgelopen,
        loopt vast, traag, langzaam, mist, ontbreekt, ontbreken, kwijt, verdwenen, onmogelijk,
        erger, slechter, slecht, zelfde, hetzelfde, dezelfde, is terug, weer terug, terug, weer weg,
        weer kapot, weer niet, opnieuw, soms, af en toe, helaas, alsjeblieft, alstublieft, aub, svp,
        kun je, kunt u, kunnen jullie, kan je, kan iemand, zou je, zouden jullie, wil je, willen
        jullie, nodig, ik wil, ik zou graag, wil graag, toevoegen, heropenen, zwart, leeg,
        geweigerd, weiger*, verlopen, ongeldig, geblokkeerd, verkeerd, gisteren, blijft, blijven,
        valt uit, uitgevallen, wacht*, behalve, onveranderd, belachelijk, waardeloos
    """,
    negation="niet, nog, nee, neen, geen, nooit, niks, niets, nergens, zonder, noch",
    unsettled="""
        morgen, straks, later, zo meteen, maandag, dinsdag, woensdag, donderdag, vrijdag, volgende
        week, test, testen, getest, probeer, proberen, uitproberen, geprobeerd, controleer,
        controleren, gecontroleerd, check, checken, kijk, kijken, even kijken, bekijk, laat weten,
        laat het weten, hoor je, ga, gaan, zal, zodra, als, wanneer, of, misschien, wellicht,
        waarschijnlijk, lijkt, lijken, schijnt, blijkbaar, hoop, hopelijk, denk, geloof, zou, moet,
        moeten, voorlopig, tot nu toe, op dit moment, vakantie, kantoor, weet ik, weet niet, hoe,
        waarom, wat, welke, welk, wie, waar, afwachten, we zullen zien, ^is het, ^is dit, ^is dat,
        ^is de, ^is mijn, ^werkt het, ^werkt dat, ^heb je, ^hebben jullie, ^heeft u, ^kan ik, ^mag
        ik, ^zijn de
    """,
    but="maar, echter, alleen, hoewel, toch, behalve dat, al is",
)
